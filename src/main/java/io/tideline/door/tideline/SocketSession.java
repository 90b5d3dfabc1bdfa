package io.tideline.door.tideline;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.hub.Hub;
import io.tideline.hub.PublishSource;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.loop.Lane;
import io.tideline.net.websocket.WebSocketWriter;
import io.tideline.protocol.ClientFrame;
import io.tideline.protocol.ClientFrame.Request;
import io.tideline.protocol.CloseCode;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.protocol.ServerFrames;
import io.tideline.protocol.SocketFormats;
import io.tideline.session.Admission;
import io.tideline.session.Authentication;
import io.tideline.session.Caller;
import io.tideline.session.CommandLimiter;
import io.tideline.session.CommandOrder;
import io.tideline.session.Credentials;
import io.tideline.session.ExpiryNotice;
import io.tideline.session.Heartbeat;
import io.tideline.session.Limit;
import io.tideline.session.Senders;
import io.tideline.session.TransportEvents;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * One client on its WebSocket: what it says, and what it is answered. On its lane only.
 *
 * <pre>
 * STRANGER        without a token; may read what is public, and not stay long without doing so
 * AUTHENTICATING  a token is being verified; commands wait, as they may depend on it
 * KNOWN           the token was good; a new one may come at any time (then AUTHENTICATING again)
 * CLOSED          nothing is heard or said any more
 * </pre>
 */
final class SocketSession {
  private static final Logger LOG = Logger.getLogger(SocketSession.class);

  /** Characters of the frames that wait for a token to be verified. */
  static final int HELD_CHARS_MAX = 256 << 10;

  /** As many as one command can ask. */
  private static final int ASKING_MAX = 512;

  /** Bytes of the publishes that wait for the authorizer, or behind others that do. */
  static final int WAITING_BYTES_MAX = 256 << 10;

  /** What a message takes beside its payload: headers, key and the like, mostly much less. */
  private static final int MESSAGE_BYTES = 1 << 10;

  private final SessionContext useCases;
  private final Lane lane;
  private final SocketOutlet outlet;
  private final Subscriber subscriber;
  private final CommandLimiter budget;

  /** Frames that wait for a token to be verified; null where none does. */
  private Queue<String> held;

  /** Whose presence it watches; null until it does. */
  private PresenceSubscriptions watches;

  private final CommandOrder placings = new CommandOrder();
  private final Admission.Place place;
  private Caller caller;
  private int heldChars;

  /** What the authorizer is being asked for this connection. */
  private int asking;

  private int waitingBytes;
  private boolean isAuthenticating;
  private boolean isClosed;

  SocketSession(
      SessionContext useCases,
      Hub hub,
      Lane lane,
      Caller caller,
      Admission.Place place,
      Function<Runnable, WebSocketWriter> way) {
    this.useCases = useCases;
    this.lane = lane;
    this.caller = caller;
    this.place = place;
    this.budget = new CommandLimiter(useCases.settings().commandsPerSecond(), System::nanoTime);
    WebSocketWriter out = way.apply(this::writable);
    this.outlet =
        new SocketOutlet(
            out,
            out.takesDeflated() ? useCases.deflated() : SocketFormats.PLAIN,
            new Heartbeat(useCases.settings().sockets(), System.nanoTime()),
            new ExpiryNotice(useCases.clock(), useCases.settings().expiring()),
            () -> this.caller.identity(),
            place);
    this.subscriber = hub.connect(lane, outlet, caller.identity());
    if (caller.identity().isAnonymous()) {
      lane.schedule(useCases.settings().unauthenticated(), this::endStranger);
    }
    if (caller.policy().isRevoked(caller.identity())) {
      // Revoked since it came through the door, and whoever ends its kind has been here already.
      lane.execute(() -> close(CloseCode.TOKEN_REVOKED));
    }
  }

  /** There is room on the connection again. */
  private void writable() {
    outlet.writable();
    subscriber.writable();
  }

  /** The connection is gone. */
  void closed() {
    isClosed = true;
    held = null;
    if (watches != null) {
      watches.endAll();
    }
    subscriber.closed();
  }

  /** The time to bring a token is over. */
  private void endStranger() {
    if (caller.identity().isAnonymous() && subscriber.subscriptions().isEmpty()) {
      close(CloseCode.UNAUTHENTICATED);
    }
  }

  void close(CloseCode code) {
    if (!isClosed) {
      outlet.close(code);
      closed();
    }
  }

  void receive(String text) {
    if (isClosed || outlet.isLeaving()) {
      return;
    }
    if (!isAuthenticating) {
      execute(text);
      return;
    }
    heldChars += text.length();
    if (heldChars > HELD_CHARS_MAX) {
      close(CloseCode.TOO_MANY_COMMANDS);
    } else {
      held = held == null ? new ArrayDeque<>() : held;
      held.add(text);
    }
  }

  private void execute(String text) {
    ClientFrame frame = useCases.frames().parse(text);
    switch (budget.spend(frame.weight())) {
      case ALLOWED -> execute(frame);
      case REFUSED -> {
        useCases.events().limited(Limit.COMMANDS);
        refuse(frame.replyTo(), ProblemDetails.of(Problem.TOO_MANY_REQUESTS), null);
      }
      case HOPELESS -> {
        useCases.events().limited(Limit.COMMANDS);
        close(CloseCode.TOO_MANY_COMMANDS);
      }
    }
  }

  private void execute(ClientFrame frame) {
    if (frame instanceof ClientFrame.Subscribe subscribe) {
      subscribe.requests().forEach(request -> subscribe(subscribe.id(), request));
    } else if (frame instanceof ClientFrame.Unsubscribe unsubscribe) {
      unsubscribe(unsubscribe.id(), unsubscribe.channel());
    } else if (frame instanceof ClientFrame.Publish publish) {
      publish(publish.id(), publish.message());
    } else if (frame instanceof ClientFrame.Presence presence) {
      presence(presence);
    } else if (frame instanceof ClientFrame.Auth auth) {
      authenticate(auth.id(), Credentials.of(auth.token()));
    } else if (frame instanceof ClientFrame.Ping ping) {
      outlet.send(ServerFrames.pong(ping.id()));
    } else if (frame instanceof ClientFrame.Refused refused) {
      refuse(refused.replyTo(), refused.problem(), refused.channel());
    }
  }

  // --- rights

  /**
   * Says whether the caller may do this, at once if the token itself says it. Commands for a
   * channel whose authorizer is asked wait for its answer, also those that needn't ask: a token
   * that came meanwhile may allow more.
   */
  private void decide(
      Action action, Channel channel, Consumer<Grant> granted, Consumer<ProblemDetails> refused) {
    boolean mustWait =
        mustAsk(action, channel) ? placings.isPlacing(channel) : isBehindQuestion(channel);
    inTurn(channel, mustWait, () -> decideNow(action, channel, granted, refused));
  }

  private boolean mustAsk(Action action, Channel channel) {
    return caller.mustAsk(action, Set.of(channel));
  }

  private boolean isBehindQuestion(Channel channel) {
    return placings.isAsking(channel) || placings.isHeld(channel);
  }

  private void decideNow(
      Action action, Channel channel, Consumer<Grant> granted, Consumer<ProblemDetails> refused) {
    if (isClosed) {
      return;
    }
    if (mustAsk(action, channel)) {
      ask(action, channel, granted, refused);
    } else {
      apply(caller.decide(action, channel), granted, refused);
    }
  }

  private void ask(
      Action action, Channel channel, Consumer<Grant> granted, Consumer<ProblemDetails> refused) {
    if (asking == ASKING_MAX) {
      useCases.events().limited(Limit.AUTHORIZER_QUEUE);
      refused.accept(ProblemDetails.of(Problem.TOO_MANY_REQUESTS));
      return;
    }
    asking++;
    placings.beginQuestion(channel);
    caller
        .ask(action, channel)
        .emitOn(lane::run)
        .subscribe()
        .with(
            decision -> {
              asking--;
              if (!isClosed) {
                apply(decision, granted, refused);
              }
              if (!isClosed) {
                placings.endQuestion(channel);
              }
            });
  }

  private static void apply(
      Decision decision, Consumer<Grant> granted, Consumer<ProblemDetails> refused) {
    if (decision instanceof Decision.Granted yes) {
      granted.accept(yes.grant());
    } else {
      refused.accept(ProblemDetails.of((Decision.Refused) decision));
    }
  }

  // --- subscriptions

  private void subscribe(long id, Request request) {
    if (request instanceof Request.Refused refused) {
      refuse(OptionalLong.of(id), refused.problem(), refused.channel());
      return;
    }
    Request.Valid wish = (Request.Valid) request;
    inTurn(wish.channel(), placings.isHeld(wish.channel()), () -> subscribe(id, wish));
  }

  /** Commands for one channel are carried out in the order in which they came. */
  private void inTurn(Channel channel, boolean mustWait, Runnable command) {
    if (!mustWait) {
      command.run();
    } else if (!placings.hold(channel, command)) {
      close(CloseCode.TOO_MANY_COMMANDS);
    }
  }

  private void subscribe(long id, Request.Valid wish) {
    if (isClosed) {
      return;
    }
    decide(
        Action.SUBSCRIBE,
        wish.channel(),
        grant -> subscribe(id, wish, grant),
        problem -> refuse(id, problem, wish.channel()));
  }

  private void subscribe(long id, Request.Valid wish, Grant grant) {
    if (wish.binary()) {
      outlet.takeBinary();
    }
    placings.begin(wish.channel());
    subscriber.subscribe(grant, wish.start(), outcome -> subscribed(id, wish, grant, outcome));
  }

  private void subscribed(long id, Request.Valid wish, Grant grant, SubscribeOutcome outcome) {
    answer(id, wish, grant, outcome);
    if (!isClosed) {
      placings.end(wish.channel());
    }
  }

  private void answer(long id, Request.Valid wish, Grant grant, SubscribeOutcome outcome) {
    Channel channel = wish.channel();
    if (outcome instanceof SubscribeOutcome.Subscribed subscribed) {
      apply(
          confirm(Action.SUBSCRIBE, grant),
          confirmed -> subscribed(id, wish, confirmed, subscribed.subscription()),
          lost -> {
            subscriber.unsubscribe(channel);
            refuse(id, lost, channel);
          });
    } else if (outcome instanceof SubscribeOutcome.AlreadySubscribed) {
      refuse(id, Problem.ALREADY_SUBSCRIBED, channel);
    } else if (outcome instanceof SubscribeOutcome.TooMany) {
      refuse(id, Problem.TOO_MANY_SUBSCRIPTIONS, channel);
    } else {
      refuse(id, Problem.UNAVAILABLE, channel);
    }
  }

  private void subscribed(long id, Request.Valid wish, Grant confirmed, Subscription subscription) {
    subscriber.regrant(subscription, confirmed);
    Position position = begin(wish.start(), subscription.position());
    outlet.send(ServerFrames.subscribed(id, wish.channel(), position));
  }

  /** What becomes of a right under the token that may have been brought since it was granted. */
  private Decision confirm(Action action, Grant grant) {
    Decision now = caller.decide(action, grant.channel());
    if (now instanceof Decision.Granted) {
      return now;
    }
    if (grant.isLent() && grant.identity().equals(caller.identity())) {
      return new Decision.Granted(grant);
    }
    return caller.mayAsk() ? new Decision.Refused(Refusal.UNDECIDED) : now;
  }

  /** What the client named, so that a position of another epoch is told before it is replaced. */
  private static Position begin(Start start, Position placed) {
    return placed != null && start instanceof Start.After after ? after.position() : placed;
  }

  private void unsubscribe(long id, Channel channel) {
    inTurn(channel, placings.isPlacing(channel), () -> leave(id, channel));
  }

  private void leave(long id, Channel channel) {
    if (subscriber.unsubscribe(channel)) {
      outlet.send(ServerFrames.left(id, channel));
    } else {
      refuse(id, Problem.NOT_SUBSCRIBED, channel);
    }
  }

  // --- presence

  private void presence(ClientFrame.Presence command) {
    Channel channel = command.channel();
    if (command.wish() == ClientFrame.Presence.Wish.END) {
      inTurn(channel, placings.isPlacing(channel), () -> endWatch(command.id(), channel));
      return;
    }
    decide(
        Action.PRESENCE,
        channel,
        grant -> presence(command, grant),
        problem -> refuse(command.id(), problem, channel));
  }

  private void presence(ClientFrame.Presence command, Grant grant) {
    if (!useCases.presence().isOn(grant.channel())) {
      refuse(command.id(), Problem.NO_PRESENCE, grant.channel());
    } else if (command.wish() == ClientFrame.Presence.Wish.WATCH) {
      apply(
          confirm(Action.PRESENCE, grant),
          confirmed -> watch(command.id(), confirmed),
          lost -> refuse(command.id(), lost, grant.channel()));
    } else {
      read(command.id(), grant);
    }
  }

  private void read(long id, Grant grant) {
    useCases
        .presence()
        .state(grant)
        .emitOn(lane)
        .subscribe()
        .with(
            state -> reply(ServerFrames.present(id, state)),
            failure -> refuse(id, Problem.UNAVAILABLE, grant.channel()));
  }

  private void watch(long id, Grant grant) {
    if (watches == null) {
      watches = new PresenceSubscriptions(useCases.presence(), lane, outlet, useCases.watchesMax());
    }
    Problem problem = watches.begin(grant);
    if (problem == null) {
      outlet.send(ServerFrames.watched(id, grant.channel()));
    } else {
      refuse(id, problem, grant.channel());
    }
  }

  private void endWatch(long id, Channel channel) {
    if (watches != null && watches.end(channel)) {
      outlet.send(ServerFrames.watched(id, channel));
    } else {
      refuse(id, Problem.NOT_SUBSCRIBED, channel);
    }
  }

  // --- publications

  /**
   * Its answer is owed from now on, however long it takes to decide. Its rate is taken first, so
   * that what comes too fast isn't asked about either.
   */
  private void publish(long id, Message message) {
    int bytes = waitingBytes(message);
    boolean isTooMuch = bytes > 0 && waitingBytes > 0 && waitingBytes + bytes > WAITING_BYTES_MAX;
    if (isTooMuch) {
      useCases.events().limited(Limit.AUTHORIZER_QUEUE);
    }
    if (isTooMuch || !useCases.rates().take(caller.identity().subject())) {
      refuse(id, Problem.TOO_MANY_REQUESTS, message.channel());
      return;
    }
    waitingBytes += bytes;
    outlet.owesAnswer();
    decide(
        Action.PUBLISH,
        message.channel(),
        grant -> {
          waitingBytes -= bytes;
          publish(id, grant, Senders.stamp(message, grant.identity(), useCases.namespaces()));
        },
        problem -> {
          waitingBytes -= bytes;
          refusePublish(id, problem, message.channel());
        });
  }

  private void refusePublish(long id, ProblemDetails problem, Channel channel) {
    refuse(id, problem, channel);
    outlet.hasAnswered();
  }

  /** What it takes while it waits to be decided on; 0 if it doesn't wait. */
  private int waitingBytes(Message message) {
    Channel channel = message.channel();
    return mustAsk(Action.PUBLISH, channel) || isBehindQuestion(channel)
        ? message.payload().length() + MESSAGE_BYTES
        : 0;
  }

  private void publish(long id, Grant grant, Message message) {
    useCases
        .publisher()
        .publish(PublishSource.WEBSOCKET, grant, message)
        .map(outcome -> PublishAnswer.of(message.channel(), outcome))
        .emitOn(lane)
        .subscribe()
        .with(
            answer -> {
              reply(ServerFrames.published(id, answer));
              outlet.hasAnswered();
            },
            fault -> {
              LOG.error("A publish over a WebSocket failed because of a server error", fault);
              refusePublish(id, ProblemDetails.of(Problem.INTERNAL), message.channel());
            });
  }

  // --- tokens

  private void authenticate(long id, Credentials credentials) {
    isAuthenticating = true;
    useCases
        .authenticator()
        .authenticate(credentials)
        .emitOn(lane::run)
        .subscribe()
        .with(
            answer -> authenticated(id, answer),
            fault -> {
              LOG.error("A token could not be verified because of a server error", fault);
              authenticated(id, new Authentication.Refused(Problem.INTERNAL));
            });
  }

  private void authenticated(long id, Authentication answer) {
    isAuthenticating = false;
    if (isClosed) {
      return;
    }
    if (answer instanceof Authentication.Identified identified) {
      if (!place.become(identified.identity())) {
        refuseToken(id, ProblemDetails.of(Problem.TOO_MANY_REQUESTS));
        receiveHeld();
        return;
      }
      become(identified.identity());
      Instant expiry = identified.identity().expiresAt();
      outlet.send(ServerFrames.authenticated(id, expiry.equals(Instant.MAX) ? null : expiry));
    } else {
      refuseToken(id, ((Authentication.Refused) answer).problem());
    }
    receiveHeld();
  }

  /** Rights are looked at anew; what was lost ends, and the connection stays. */
  private void become(Identity identity) {
    caller = new Caller(identity, caller.policy());
    if (caller.policy().isRevoked(identity)) {
      close(CloseCode.TOKEN_REVOKED);
      return;
    }
    subscriber.identity(identity);
    List.copyOf(subscriber.subscriptions()).forEach(this::reconsider);
    if (watches != null) {
      watches.reconsider(caller);
    }
  }

  /** Until the authorizer has answered, if it must be asked, the subscription goes on. */
  private void reconsider(Subscription subscription) {
    Caller asked = caller;
    Decision own = asked.decide(Action.SUBSCRIBE, subscription.channel());
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
              if (caller.equals(asked)) {
                reconsidered(subscription, decision);
              }
            });
  }

  private void reconsidered(Subscription subscription, Decision decision) {
    Channel channel = subscription.channel();
    if (isClosed || subscriber.subscription(channel) != subscription) {
      return;
    }
    if (decision instanceof Decision.Granted granted) {
      subscriber.regrant(subscription, granted.grant());
    } else {
      subscriber.unsubscribe(channel);
      ProblemDetails why = ProblemDetails.of((Decision.Refused) decision);
      outlet.send(ServerFrames.unsubscribed(channel, why));
    }
  }

  /** Who is known already stays so, until that token's time is over. */
  private void refuseToken(long id, ProblemDetails why) {
    refuse(OptionalLong.of(id), why, null);
    if (caller.identity().isAnonymous() && !why.problem().retry()) {
      close(closeCode(why.problem()));
    }
  }

  private static CloseCode closeCode(Problem why) {
    return switch (why) {
      case TOKEN_EXPIRED -> CloseCode.TOKEN_EXPIRED;
      case TOKEN_REVOKED -> CloseCode.TOKEN_REVOKED;
      default -> CloseCode.UNAUTHENTICATED;
    };
  }

  private void receiveHeld() {
    while (held != null && !isAuthenticating && !held.isEmpty()) {
      String next = held.remove();
      heldChars -= next.length();
      execute(next);
    }
    if (held != null && held.isEmpty()) {
      held = null;
    }
  }

  // --- what goes out

  private void refuse(long id, Problem problem, Channel channel) {
    refuse(id, ProblemDetails.of(problem), channel);
  }

  private void refuse(long id, ProblemDetails problem, Channel channel) {
    refuse(OptionalLong.of(id), problem, channel.name());
  }

  private void refuse(OptionalLong id, ProblemDetails problem, String channel) {
    useCases.events().refused(TransportEvents.Via.WEBSOCKET, problem.problem());
    reply(ServerFrames.error(id, problem, channel));
  }

  private void reply(byte[] frame) {
    if (!isClosed) {
      outlet.send(frame);
    }
  }
}
