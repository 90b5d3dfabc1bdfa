package io.tideline.session;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.PublishSource;
import io.tideline.hub.SubscribeOptions;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.loop.Lane;
import io.tideline.presence.SeatWatch;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The execution of one connection's commands: each is decided on, carried out, and answered. On its
 * lane only.
 */
final class CommandExecutor implements Command.Handler {
  private static final Logger LOG = Logger.getLogger(CommandExecutor.class);

  /** Bytes of the publishes that wait for the authorizer, or behind others that do. */
  static final int WAITING_BYTES_MAX = 256 << 10;

  /** What a message takes beside its payload: headers, key and the like, mostly much less. */
  private static final int MESSAGE_BYTES = 1 << 10;

  private final SessionContext context;
  private final Lane lane;
  private final Dialect dialect;
  private final SessionOutlet outlet;
  private final Subscriber subscriber;
  private final CommandRights rights;
  private final PresenceSubscriptions watches;
  private final Session session;
  private int waitingBytes;

  CommandExecutor(
      SessionContext context,
      Lane lane,
      Dialect dialect,
      SessionOutlet outlet,
      Subscriber subscriber,
      CommandRights rights,
      PresenceSubscriptions watches,
      Session session) {
    this.context = context;
    this.lane = lane;
    this.dialect = dialect;
    this.outlet = outlet;
    this.subscriber = subscriber;
    this.rights = rights;
    this.watches = watches;
    this.session = session;
  }

  // --- subscriptions

  @Override
  public void subscribe(Command.Subscribe command) {
    command.requests().forEach(request -> request(command.id(), request));
  }

  private void request(long id, Command.Request request) {
    if (request instanceof Command.Request.Valid valid) {
      rights.decide(valid.channel(), valid.proof(), decision -> subscribe(id, valid, decision));
    } else {
      Command.Request.Refused refused = (Command.Request.Refused) request;
      outlet.refuse(OptionalLong.of(id), refused.problem(), refused.channel());
    }
  }

  private void subscribe(long id, Command.Request.Valid request, Decision decision) {
    Channel channel = request.channel();
    withGrant(
        id,
        channel,
        decision,
        grant -> {
          dialect.granted(request);
          rights.placing(channel);
          Extras extras = new Extras(request);
          subscriber.subscribe(
              grant,
              request.start(),
              extras.options(),
              outcome -> {
                placed(id, request, grant, outcome);
                extras.begin(outcome);
                rights.placed(channel);
              });
        });
  }

  private void placed(
      long id, Command.Request.Valid request, Grant grant, SubscribeOutcome outcome) {
    Channel channel = request.channel();
    if (outcome instanceof SubscribeOutcome.Subscribed subscribed) {
      subscribed(id, request, rights.confirm(Action.SUBSCRIBE, grant), subscribed);
    } else if (outcome instanceof SubscribeOutcome.AlreadySubscribed) {
      outlet.refuse(id, Problem.ALREADY_SUBSCRIBED, channel);
    } else if (outcome instanceof SubscribeOutcome.NotResumed) {
      outlet.refuse(id, Problem.INVALID_POSITION, channel);
    } else if (outcome instanceof SubscribeOutcome.TooMany) {
      outlet.refuse(id, Problem.TOO_MANY_SUBSCRIPTIONS, channel);
    } else {
      outlet.refuse(id, Problem.UNAVAILABLE, channel);
    }
  }

  /** The right may have been lost while the log was asked where to begin. */
  private void subscribed(
      long id,
      Command.Request.Valid request,
      Decision confirmed,
      SubscribeOutcome.Subscribed outcome) {
    if (confirmed instanceof Decision.Refused refused) {
      subscriber.unsubscribe(request.channel());
      outlet.refuse(id, ProblemDetails.of(refused), request.channel());
      return;
    }
    subscriber.regrant(outcome.subscription(), ((Decision.Granted) confirmed).grant());
    outlet.send(dialect.subscribed(id, request, outcome));
  }

  /** What a subscription has beside its cursor, as long as it lasts: a proof, an ear for seats. */
  private final class Extras {
    private final Command.Request.Valid request;
    private @Nullable SeatWatch ear;

    Extras(Command.Request.Valid request) {
      this.request = request;
    }

    SubscribeOptions options() {
      byte[] seatInfo =
          context.presence().isOn(request.channel()) ? dialect.seatInfo(request) : null;
      SubscribeOptions options =
          seatInfo == null ? SubscribeOptions.NONE : SubscribeOptions.NONE.withSeat(seatInfo);
      return request.proof() == null && !request.hearsSeats()
          ? options
          : options.whenEnded(this::end);
    }

    void begin(SubscribeOutcome outcome) {
      Channel channel = request.channel();
      if (!(outcome instanceof SubscribeOutcome.Subscribed)) {
        end();
      } else if (request.hearsSeats()
          && context.presence().isOn(channel)
          && subscriber.subscription(channel) != null
          && rights.own(Action.PRESENCE, channel) instanceof Decision.Granted granted) {
        ear =
            context
                .presence()
                .watchSeats(granted.grant(), lane, update -> outlet.offer(dialect.seats(update)));
      }
    }

    private void end() {
      rights.left(request.channel());
      if (ear != null) {
        ear.end();
      }
    }
  }

  @Override
  public void unsubscribe(Command.Unsubscribe command) {
    Channel channel = command.channel();
    rights.inTurn(
        channel,
        () -> {
          if (subscriber.unsubscribe(channel)) {
            outlet.send(dialect.unsubscribed(command.id(), channel));
          } else {
            outlet.refuse(command.id(), Problem.NOT_SUBSCRIBED, channel);
          }
        });
  }

  @Override
  public void renew(Command.Renew command) {
    Channel channel = command.channel();
    rights.decide(
        channel,
        command.proof(),
        decision -> withGrant(command.id(), channel, decision, grant -> renew(command, grant)));
  }

  private void renew(Command.Renew command, Grant grant) {
    Channel channel = command.channel();
    Subscription subscription = subscriber.subscription(channel);
    if (subscription == null) {
      rights.left(channel);
      outlet.refuse(command.id(), Problem.NOT_SUBSCRIBED, channel);
    } else {
      subscriber.regrant(subscription, grant);
      outlet.send(dialect.renewed(command));
    }
  }

  // --- history

  @Override
  public void history(Command.History command) {
    Channel channel = command.channel();
    rights.decide(
        Action.SUBSCRIBE,
        channel,
        decision ->
            withGrant(command.id(), channel, decision, grant -> readHistory(command, grant)));
  }

  private void readHistory(Command.History command, Grant grant) {
    context
        .channels()
        .history(grant, command.since(), command.limit(), command.isReverse())
        .emitOn(lane)
        .subscribe()
        .with(
            page -> outlet.send(dialect.history(command, page)),
            failure -> outlet.refuse(command.id(), Problem.UNAVAILABLE, command.channel()));
  }

  // --- presence

  @Override
  public void presence(Command.Presence command) {
    Channel channel = command.channel();
    if (command.wish() == Command.Presence.Wish.END) {
      rights.inTurn(channel, () -> endWatch(command.id(), channel));
    } else {
      rights.decide(Action.PRESENCE, channel, decision -> presence(command, decision));
    }
  }

  private void presence(Command.Presence command, Decision decision) {
    long id = command.id();
    Channel channel = command.channel();
    withGrant(
        id,
        channel,
        decision,
        grant -> {
          if (!context.presence().isOn(channel)) {
            outlet.refuse(id, Problem.NO_PRESENCE, channel);
          } else if (command.wish() == Command.Presence.Wish.READ) {
            readPresence(id, grant);
          } else {
            withGrant(
                id,
                channel,
                rights.confirm(Action.PRESENCE, grant),
                confirmed -> watch(id, confirmed));
          }
        });
  }

  private void readPresence(long id, Grant grant) {
    context
        .presence()
        .state(grant)
        .emitOn(lane)
        .subscribe()
        .with(
            members -> outlet.send(dialect.present(id, members)),
            failure -> outlet.refuse(id, Problem.UNAVAILABLE, grant.channel()));
  }

  @Override
  public void seats(Command.Seats command) {
    Channel channel = command.channel();
    rights.decide(
        Action.PRESENCE,
        channel,
        decision -> withGrant(command.id(), channel, decision, grant -> readSeats(command, grant)));
  }

  private void readSeats(Command.Seats command, Grant grant) {
    if (!context.presence().isOn(command.channel())) {
      outlet.refuse(command.id(), Problem.NO_PRESENCE, command.channel());
      return;
    }
    context
        .presence()
        .seats(grant, command.limit())
        .emitOn(lane)
        .subscribe()
        .with(
            seats -> outlet.send(dialect.seats(command, seats)),
            failure -> outlet.refuse(command.id(), Problem.UNAVAILABLE, command.channel()));
  }

  private void watch(long id, Grant grant) {
    Problem problem = watches.begin(grant);
    if (problem == null) {
      outlet.send(dialect.watched(id, grant.channel()));
    } else {
      outlet.refuse(id, problem, grant.channel());
    }
  }

  private void endWatch(long id, Channel channel) {
    if (watches.end(channel)) {
      outlet.send(dialect.watched(id, channel));
    } else {
      outlet.refuse(id, Problem.NOT_SUBSCRIBED, channel);
    }
  }

  // --- publications

  /**
   * Its answer is owed from now on, however long it takes to decide. Its rate is taken first, so
   * that what comes too fast isn't asked about either.
   */
  @Override
  public void publish(Command.Publish command) {
    Message message = command.message();
    int bytes = waitingBytes(message);
    boolean isTooMuch = bytes > 0 && waitingBytes > 0 && waitingBytes + bytes > WAITING_BYTES_MAX;
    if (isTooMuch) {
      context.events().limited(Limit.AUTHORIZER_QUEUE);
    }
    if (isTooMuch || !context.rates().take(rights.caller().identity().subject())) {
      outlet.refuse(command.id(), Problem.TOO_MANY_REQUESTS, message.channel());
      return;
    }
    waitingBytes += bytes;
    outlet.owesAnswer();
    rights.decide(
        Action.PUBLISH,
        message.channel(),
        decision -> {
          waitingBytes -= bytes;
          publish(command.id(), message, decision);
        });
  }

  /** What it takes while it waits to be decided on; 0 if it doesn't wait. */
  private int waitingBytes(Message message) {
    return rights.mustWait(Action.PUBLISH, message.channel())
        ? message.payload().length() + MESSAGE_BYTES
        : 0;
  }

  private void publish(long id, Message message, Decision decision) {
    if (decision instanceof Decision.Refused refused) {
      refusePublish(id, ProblemDetails.of(refused), message.channel());
      return;
    }
    Grant grant = ((Decision.Granted) decision).grant();
    context
        .publisher()
        .publish(
            PublishSource.WEBSOCKET,
            grant,
            Senders.stamp(
                message.withOrigin(dialect.name()), grant.identity(), context.namespaces()))
        .map(outcome -> PublishAnswer.of(message.channel(), outcome))
        .emitOn(lane)
        .subscribe()
        .with(
            answer -> {
              outlet.send(dialect.published(id, answer));
              outlet.hasAnswered();
            },
            fault -> {
              LOG.error("A publish over a WebSocket failed because of a server error", fault);
              refusePublish(id, ProblemDetails.of(Problem.INTERNAL), message.channel());
            });
  }

  private void refusePublish(long id, ProblemDetails problem, Channel channel) {
    outlet.refuse(id, problem, channel);
    outlet.hasAnswered();
  }

  // --- the connection

  @Override
  public void authenticate(Command.Authenticate command) {
    session.authenticate(command);
  }

  @Override
  public void ping(Command.Ping command) {
    outlet.send(dialect.pong(command.id()));
  }

  @Override
  public void refuse(Command.Refused command) {
    outlet.refuse(command.replyTo(), command.problem(), command.channel());
  }

  @Override
  public void close(Command.Violation command) {
    session.close(command.why());
  }

  private void withGrant(long id, Channel channel, Decision decision, Consumer<Grant> granted) {
    if (decision instanceof Decision.Granted yes) {
      granted.accept(yes.grant());
    } else {
      outlet.refuse(id, ProblemDetails.of((Decision.Refused) decision), channel);
    }
  }
}
