package io.tideline.session;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.loop.Lane;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.stream.Channel;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A client on its connection, whatever protocol it speaks: its messages become commands ({@link
 * Dialect#read}), which are paid for ({@link CommandLimiter}), decided on ({@link CommandRights}),
 * and carried out and answered ({@link CommandExecutor}). On its lane only.
 *
 * <pre>
 * OPEN            commands are carried out as they come
 * AUTHENTICATING  credentials are being verified; commands wait, as they may depend on it
 * CLOSED          nothing is received or sent any more
 * </pre>
 */
public final class Session {
  private static final Logger LOG = Logger.getLogger(Session.class);

  /** Bytes of the commands that wait for credentials to be verified. */
  static final int HELD_BYTES_MAX = 256 << 10;

  private enum State {
    OPEN,
    AUTHENTICATING,
    CLOSED
  }

  /**
   * A command that waits.
   *
   * @param bytes that it came in
   */
  private record Held(Command command, int bytes) {}

  private final SessionContext context;
  private final Lane lane;
  private final Dialect dialect;
  private final Admission.Place place;
  private final CommandLimiter limiter;
  private final CommandRights rights;
  private final SessionOutlet outlet;
  private final Subscriber subscriber;
  private final PresenceSubscriptions watches;
  private final CommandExecutor executor;
  private State state = State.OPEN;

  /** Null where nothing waits. */
  private @Nullable Queue<Held> held;

  private int heldBytes;

  /**
   * Begins the session of a connection that has just been opened.
   *
   * @param place of the connection; given back by whoever asked for it
   * @param carrier makes the connection's writer; it runs what it is given when there is room again
   */
  public Session(
      SessionContext context,
      Lane lane,
      Caller caller,
      Admission.Place place,
      Dialect dialect,
      Function<Runnable, SessionWriter> carrier) {
    this.context = context;
    this.lane = lane;
    this.dialect = dialect;
    this.place = place;
    this.limiter = new CommandLimiter(context.settings().commandsPerSecond(), System::nanoTime);
    this.rights =
        new CommandRights(
            lane, caller, context.events(), () -> close(CloseReason.TOO_MANY_COMMANDS));
    this.outlet = new SessionOutlet(carrier.apply(this::writable), dialect, context, rights, place);
    this.subscriber = context.hub().connect(lane, outlet, caller.identity());
    this.watches =
        new PresenceSubscriptions(context.presence(), lane, dialect, outlet, context.watchesMax());
    this.executor =
        new CommandExecutor(context, lane, dialect, outlet, subscriber, rights, watches, this);
    if (caller.identity().isAnonymous()) {
      lane.schedule(context.settings().unauthenticated(), this::endStranger);
    }
    if (caller.policy().isRevoked(caller.identity())) {
      // Revoked since it was let in, and the sweep for its kind has passed here already.
      lane.execute(() -> close(CloseReason.TOKEN_REVOKED));
    }
  }

  /** There is room on the connection again. */
  private void writable() {
    outlet.writable();
    subscriber.writable();
  }

  /** The connection is gone. */
  public void closed() {
    state = State.CLOSED;
    held = null;
    rights.close();
    outlet.closed();
    watches.endAll();
    subscriber.closed();
  }

  /** The time to bring credentials is over. */
  private void endStranger() {
    if (rights.caller().identity().isAnonymous() && subscriber.subscriptions().isEmpty()) {
      close(CloseReason.NO_CREDENTIALS);
    }
  }

  /** Closes the connection, with the protocol's word for the reason. */
  public void close(CloseReason why) {
    if (state != State.CLOSED) {
      outlet.close(why);
      closed();
    }
  }

  // --- what comes in

  /** A text message came. */
  public void receive(String text) {
    if (isReceiving()) {
      take(dialect.read(text), text.length());
    }
  }

  /** A binary message came. */
  public void receive(byte[] binary) {
    if (isReceiving()) {
      take(dialect.read(binary), binary.length);
    }
  }

  private boolean isReceiving() {
    return state != State.CLOSED && !outlet.isLeaving();
  }

  /** The first command of a message is held with the bytes of all. */
  private void take(List<Command> commands, int bytes) {
    int unaccounted = bytes;
    for (Command command : commands) {
      if (state == State.OPEN) {
        execute(command);
      } else if (state == State.AUTHENTICATING) {
        hold(new Held(command, unaccounted));
        unaccounted = 0;
      }
    }
  }

  private void hold(Held next) {
    heldBytes += next.bytes();
    if (heldBytes > HELD_BYTES_MAX) {
      close(CloseReason.TOO_MANY_COMMANDS);
    } else {
      held = held == null ? new ArrayDeque<>() : held;
      held.add(next);
    }
  }

  private void executeHeld() {
    while (held != null && state == State.OPEN && !held.isEmpty()) {
      Held next = held.remove();
      heldBytes -= next.bytes();
      execute(next.command());
    }
    if (held != null && held.isEmpty()) {
      held = null;
    }
  }

  private void execute(Command command) {
    switch (limiter.spend(command.weight())) {
      case ALLOWED -> command.execute(executor);
      case REFUSED -> {
        context.events().limited(Limit.COMMANDS);
        outlet.refuse(command.replyTo(), ProblemDetails.of(Problem.TOO_MANY_REQUESTS), null);
      }
      case HOPELESS -> {
        context.events().limited(Limit.COMMANDS);
        close(CloseReason.TOO_MANY_COMMANDS);
      }
    }
  }

  // --- credentials

  void authenticate(Command.Authenticate command) {
    state = State.AUTHENTICATING;
    context
        .authenticator()
        .authenticate(command.credentials())
        .emitOn(lane::run)
        .subscribe()
        .with(
            answer -> authenticated(command.id(), answer),
            fault -> {
              LOG.error("A token could not be verified because of a server error", fault);
              authenticated(command.id(), new Authentication.Refused(Problem.INTERNAL));
            });
  }

  private void authenticated(long id, Authentication answer) {
    if (state == State.CLOSED) {
      return;
    }
    state = State.OPEN;
    if (answer instanceof Authentication.Refused refused) {
      refuseToken(id, refused.problem());
    } else {
      Identity identity = ((Authentication.Identified) answer).identity();
      if (place.become(identity)) {
        become(identity);
        outlet.send(dialect.authenticated(id, identity));
        dialect.afterAuthentication().forEach(command -> command.execute(executor));
      } else {
        refuseToken(id, ProblemDetails.of(Problem.TOO_MANY_REQUESTS));
      }
    }
    executeHeld();
  }

  /** Rights are looked at anew; what was lost ends, and the connection stays. */
  private void become(Identity identity) {
    Caller caller = new Caller(identity, rights.caller().policy());
    rights.become(caller);
    if (caller.policy().isRevoked(identity)) {
      close(CloseReason.TOKEN_REVOKED);
      return;
    }
    subscriber.identity(identity);
    List.copyOf(subscriber.subscriptions()).forEach(this::reconsider);
    watches.reconsider(caller);
  }

  /** Until the authorizer has answered, if it must be asked, the subscription goes on. */
  private void reconsider(Subscription subscription) {
    Caller asked = rights.caller();
    Decision own = rights.own(Action.SUBSCRIBE, subscription.channel());
    if (own instanceof Decision.Granted || !asked.mayAsk()) {
      reconsidered(subscription, own);
      return;
    }
    subscriber.suspend(subscription);
    asked
        .ask(Action.SUBSCRIBE, subscription.channel())
        .emitOn(lane::run)
        .subscribe()
        .with(
            decision -> {
              if (rights.caller().equals(asked)) {
                reconsidered(subscription, decision);
              }
            });
  }

  private void reconsidered(Subscription subscription, Decision decision) {
    Channel channel = subscription.channel();
    if (state == State.CLOSED || subscriber.subscription(channel) != subscription) {
      return;
    }
    if (decision instanceof Decision.Granted granted) {
      subscriber.regrant(subscription, granted.grant());
    } else {
      subscriber.unsubscribe(channel);
      ProblemDetails why = ProblemDetails.of((Decision.Refused) decision);
      outlet.send(dialect.ended(channel, why));
    }
  }

  /** A client that is known already stays so, until its token's time is over. */
  private void refuseToken(long id, ProblemDetails why) {
    outlet.refuse(OptionalLong.of(id), why, null);
    boolean mayStay =
        !rights.caller().identity().isAnonymous() && !dialect.refusedCredentialsClose();
    if (!mayStay && !why.problem().retry()) {
      close(closeReason(why.problem()));
    }
  }

  private static CloseReason closeReason(Problem why) {
    return switch (why) {
      case TOKEN_EXPIRED -> CloseReason.TOKEN_EXPIRED;
      case TOKEN_REVOKED -> CloseReason.TOKEN_REVOKED;
      default -> CloseReason.UNAUTHENTICATED;
    };
  }
}
