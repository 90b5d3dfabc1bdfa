package io.tideline.backplane;

import io.tideline.limit.Backoff;
import java.time.Duration;

/** The pauses between attempts to connect, the same for PostgreSQL and every broker. */
final class Reconnect {
  private static final Duration PAUSE_MIN = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private Reconnect() {}

  static Backoff backoff() {
    return Backoff.spread(PAUSE_MIN, PAUSE_MAX);
  }
}
