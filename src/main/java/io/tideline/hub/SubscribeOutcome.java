package io.tideline.hub;

/** What became of a request to subscribe. */
public sealed interface SubscribeOutcome {
  /**
   * It stands at {@link Subscription#position()}; publications and gaps follow after the caller was
   * told this.
   */
  record Subscribed(Subscription subscription) implements SubscribeOutcome {}

  /** The connection already has this channel; it must unsubscribe first. */
  record AlreadySubscribed() implements SubscribeOutcome {}

  /** The connection has as many subscriptions as it may. */
  record TooMany(int max) implements SubscribeOutcome {}

  /** The channel's state isn't known here and can't be read now; try again. */
  record Unavailable() implements SubscribeOutcome {}
}
