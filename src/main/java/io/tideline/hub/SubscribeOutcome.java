package io.tideline.hub;

import io.tideline.stream.Position;
import org.jspecify.annotations.Nullable;

/** What became of a request to subscribe. */
public sealed interface SubscribeOutcome {
  /**
   * It is subscribed; publications and gaps follow after the caller was told this.
   *
   * @param position where the client stands. If it named a position, it is that one even if it is
   *     none of this log: until the loss is told, lest a client that leaves before comes back with
   *     a good one. Null on an ephemeral channel
   * @param resumption whether the position that it named was good
   */
  record Subscribed(Subscription subscription, @Nullable Position position, Resumption resumption)
      implements SubscribeOutcome {}

  /** What a position that was named is worth, as far as this node knows now. */
  enum Resumption {
    /** None was named: it begins where its start says. */
    NONE,
    /** All that follows the position is there. */
    COMPLETE,
    /** Some of what follows it is no longer there: a gap is told first. */
    PURGED,
    /** It is none of this log, or the channel has no positions: the loss is told first. */
    FOREIGN
  }

  /** Not all that follows the position is there, and it was to begin nowhere else. */
  record NotResumed() implements SubscribeOutcome {}

  /** The connection already has this channel; it must unsubscribe first. */
  record AlreadySubscribed() implements SubscribeOutcome {}

  /** The connection has as many subscriptions as it may. */
  record TooMany() implements SubscribeOutcome {}

  /** The channel's state isn't known here and can't be read now; try again. */
  record Unavailable() implements SubscribeOutcome {}
}
