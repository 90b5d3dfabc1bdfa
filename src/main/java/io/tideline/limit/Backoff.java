package io.tideline.limit;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The pause before the next attempt, which doubles with each attempt that fails, up to a maximum.
 * Not thread-safe.
 */
public final class Backoff {
  private final long nanosMin;
  private final long nanosMax;
  private final boolean isSpread;

  private long nanos;

  private Backoff(Duration min, Duration max, boolean isSpread) {
    if (min.isZero() || min.compareTo(max) >= 0) {
      throw new IllegalArgumentException("the first pause is above 0 and below the longest");
    }
    this.nanosMin = min.toNanos();
    this.nanosMax = max.toNanos();
    this.isSpread = isSpread;
    this.nanos = nanosMin;
  }

  /** Pauses of exactly {@code min}, twice as much, and so on to {@code max}. */
  public static Backoff exactly(Duration min, Duration max) {
    return new Backoff(min, max, false);
  }

  /**
   * The same, but up to as much again is added to each pause by chance, so that nodes and clients
   * don't come all at once: the longest is nearly twice {@code max}.
   */
  public static Backoff spread(Duration min, Duration max) {
    return new Backoff(min, max, true);
  }

  public Duration next() {
    long now = isSpread ? nanos + ThreadLocalRandom.current().nextLong(nanos) : nanos;
    nanos = Math.min(nanosMax, 2 * nanos);
    return Duration.ofNanos(now);
  }

  /** Whether nothing has failed since the last success, so that a line in the log is due. */
  public boolean isFresh() {
    return nanos == nanosMin;
  }

  /** After something went well; that a connection could be made doesn't say so yet. */
  public void reset() {
    nanos = nanosMin;
  }
}
