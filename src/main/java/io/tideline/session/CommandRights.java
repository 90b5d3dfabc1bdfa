package io.tideline.session;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.loop.Lane;
import io.tideline.stream.Channel;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rights of one connection, and the order in which its commands come to use them: commands for
 * one channel are carried out in the order in which they came, also while the authorizer is asked
 * about one of them. On its lane only.
 */
final class CommandRights {
  /** Questions to the authorizer at a time: as many as one command can cause. */
  private static final int ASKING_MAX = 512;

  private final Lane lane;
  private final TransportEvents events;
  private final Runnable tooMany;
  private final CommandOrder order = new CommandOrder();
  private Caller caller;

  /** By which channels are subscribed to beside the caller's own rights; mostly none. */
  private Map<Channel, Proof> proofs = Map.of();

  /** Questions that the authorizer hasn't answered yet. */
  private int asking;

  private boolean isClosed;

  /**
   * Makes the rights of a connection.
   *
   * @param tooMany is run when more commands wait than may; it closes the connection
   */
  CommandRights(Lane lane, Caller caller, TransportEvents events, Runnable tooMany) {
    this.lane = lane;
    this.caller = caller;
    this.events = events;
    this.tooMany = tooMany;
  }

  Caller caller() {
    return caller;
  }

  /** Credentials were good: these are the rights from now on. */
  void become(Caller next) {
    caller = next;
  }

  /** The connection is gone: nothing is decided or carried out any more. */
  void close() {
    isClosed = true;
  }

  /** Runs a command after all those for its channel that came before it and aren't answered. */
  void inTurn(Channel channel, Runnable command) {
    inTurn(channel, order.isPlacing(channel), command);
  }

  private void inTurn(Channel channel, boolean mustWait, Runnable command) {
    if (!mustWait) {
      command.run();
    } else if (!order.hold(channel, command)) {
      tooMany.run();
    }
  }

  /**
   * Decides whether the caller may do this, at once if the token itself says it. Commands for a
   * channel whose authorizer is asked wait for its answer, also those that needn't ask: a token
   * that came meanwhile may allow more.
   */
  void decide(Action action, Channel channel, Consumer<Decision> then) {
    boolean mustWait =
        mustAsk(action, channel) ? order.isPlacing(channel) : isBehindQuestion(channel);
    inTurn(channel, mustWait, () -> decideNow(action, channel, then));
  }

  /**
   * Decides whether the caller may subscribe by a proof that it brings, which from then on counts
   * for this channel. Null for none.
   */
  void decide(Channel channel, @Nullable Proof proof, Consumer<Decision> then) {
    if (proof == null) {
      decide(Action.SUBSCRIBE, channel, then);
      return;
    }
    inTurn(
        channel,
        isBehindQuestion(channel),
        () -> {
          if (!isClosed) {
            keep(channel, proof);
            Decision decision = own(Action.SUBSCRIBE, channel);
            if (decision instanceof Decision.Refused) {
              left(channel);
            }
            then.accept(decision);
          }
        });
  }

  private void keep(Channel channel, Proof proof) {
    if (proofs.isEmpty()) {
      proofs = new HashMap<>(2);
    }
    proofs.put(channel, proof);
  }

  /** The channel isn't subscribed to any more. */
  void left(Channel channel) {
    if (!proofs.isEmpty()) {
      proofs.remove(channel);
    }
  }

  /** Decides without asking anybody: by the caller's own rights, and by what it has proved. */
  Decision own(Action action, Channel channel) {
    Decision decision = caller.decide(action, channel);
    Proof proof = action == Action.SUBSCRIBE ? proofs.get(channel) : null;
    return decision instanceof Decision.Granted || proof == null
        ? decision
        : proof.decide(caller, channel);
  }

  /** Whether {@link #decide} would not decide at once. */
  boolean mustWait(Action action, Channel channel) {
    return mustAsk(action, channel) || isBehindQuestion(channel);
  }

  private boolean mustAsk(Action action, Channel channel) {
    return caller.mustAsk(action, Set.of(channel));
  }

  private boolean isBehindQuestion(Channel channel) {
    return order.isAsking(channel) || order.isHeld(channel);
  }

  private void decideNow(Action action, Channel channel, Consumer<Decision> then) {
    if (isClosed) {
      return;
    }
    if (!mustAsk(action, channel)) {
      then.accept(caller.decide(action, channel));
    } else if (asking == ASKING_MAX) {
      events.limited(Limit.AUTHORIZER_QUEUE);
      then.accept(new Decision.Refused(Refusal.TOO_MANY));
    } else {
      ask(action, channel, then);
    }
  }

  private void ask(Action action, Channel channel, Consumer<Decision> then) {
    asking++;
    order.beginQuestion(channel);
    caller
        .ask(action, channel)
        .emitOn(lane::run)
        .subscribe()
        .with(
            decision -> {
              asking--;
              if (!isClosed) {
                then.accept(decision);
              }
              if (!isClosed) {
                order.endQuestion(channel);
              }
            });
  }

  /** A subscription is being placed: commands for its channel wait until {@link #placed}. */
  void placing(Channel channel) {
    order.begin(channel);
  }

  void placed(Channel channel) {
    if (!isClosed) {
      order.end(channel);
    }
  }

  /** The right under the credentials that may have come since it was granted. */
  Decision confirm(Action action, Grant grant) {
    Decision now = own(action, grant.channel());
    if (now instanceof Decision.Granted) {
      return now;
    }
    if (grant.isLent() && grant.identity().equals(caller.identity())) {
      return new Decision.Granted(grant);
    }
    return caller.mayAsk() ? new Decision.Refused(Refusal.UNDECIDED) : now;
  }
}
