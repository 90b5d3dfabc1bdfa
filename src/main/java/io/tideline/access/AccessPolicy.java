package io.tideline.access;

import io.tideline.stream.Channel;
import io.tideline.stream.Namespaces;
import java.time.Clock;

/**
 * Decides what an identity may do. Nothing is readable or writable unless a right or a public
 * namespace says so.
 */
public final class AccessPolicy {
  private final Namespaces namespaces;
  private final Clock clock;

  public AccessPolicy(Namespaces namespaces, Clock clock) {
    this.namespaces = namespaces;
    this.clock = clock;
  }

  /** Decides anew each time; a {@link Decision.Granted} is good for the one use at hand. */
  public Decision decide(Identity identity, Action action, Channel channel) {
    if (identity.isExpired(clock.instant())) {
      return new Decision.Refused(Refusal.TOKEN_EXPIRED);
    }
    boolean isPublic = action == Action.SUBSCRIBE && namespaces.of(channel).publicRead();
    if (isPublic || identity.rights().allow(action, channel)) {
      return new Decision.Granted(new Grant(identity, action, channel));
    }
    return new Decision.Refused(
        identity.isAnonymous() ? Refusal.UNAUTHENTICATED : Refusal.FORBIDDEN);
  }

  /** What was decided. */
  public sealed interface Decision {
    record Granted(Grant grant) implements Decision {}

    record Refused(Refusal refusal) implements Decision {}
  }

  /** Why not. */
  public enum Refusal {
    /** No token, and the channel isn't public. */
    UNAUTHENTICATED,
    TOKEN_EXPIRED,
    /** The token doesn't allow this on this channel. */
    FORBIDDEN
  }
}
