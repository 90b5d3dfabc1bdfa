package io.tideline.session;

import io.tideline.access.Identity;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * Whether a client is to be told that its token runs out soon; once a token. On the connection's
 * lane only.
 */
public final class ExpiryNotice {
  private final Clock clock;
  private final Duration ahead;
  private Instant told = Instant.MIN;

  public ExpiryNotice(Clock clock, Duration ahead) {
    this.clock = clock;
    this.ahead = ahead;
  }

  /** How long its token still holds, if it is to be told now; else null. */
  public Duration due(Identity identity) {
    Instant expiresAt = identity.expiresAt();
    if (expiresAt.equals(told) || expiresAt.equals(Instant.MAX)) {
      return null;
    }
    Duration left = Duration.between(clock.instant(), expiresAt);
    if (left.compareTo(ahead) > 0) {
      return null;
    }
    told = expiresAt;
    return left.isNegative() ? Duration.ZERO : left;
  }
}
