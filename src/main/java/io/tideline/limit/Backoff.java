package io.tideline.limit;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next attempt: {@value #MILLIS_MIN} ms, and twice as long after each
 * that fails, to {@value #MILLIS_MAX} ms; up to as much again is added by chance, so that nodes
 * don't come all at once. Not thread-safe.
 */
public final class Backoff {
  static final long MILLIS_MIN = 100;
  static final long MILLIS_MAX = 2000;

  private long millis = MILLIS_MIN;

  public Duration next() {
    long now = millis + ThreadLocalRandom.current().nextLong(millis);
    millis = Math.min(MILLIS_MAX, 2 * millis);
    return Duration.ofMillis(now);
  }

  /** After something went well; that a connection could be made doesn't say so yet. */
  public void reset() {
    millis = MILLIS_MIN;
  }
}
