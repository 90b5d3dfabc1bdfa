package io.tideline.access;

import io.tideline.stream.Channel;

/**
 * The proof that an identity may do something with a channel. Only {@link AccessPolicy} makes one.
 */
public final class Grant {
  private final Identity identity;
  private final Action action;
  private final Channel channel;

  Grant(Identity identity, Action action, Channel channel) {
    this.identity = identity;
    this.action = action;
    this.channel = channel;
  }

  public Identity identity() {
    return identity;
  }

  public Channel channel() {
    return channel;
  }

  /**
   * This grant's channel, after a check that the use case and the grant speak of the same action.
   */
  public Channel channelFor(Action expected) {
    if (action != expected) {
      throw new IllegalStateException("a grant to " + action + " is no grant to " + expected);
    }
    return channel;
  }
}
