package io.tideline.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * So many a second, and up to a burst at once; any thread. The state is the moment until which what
 * was taken has been paid for (the virtual scheduling form of GCRA, ITU-T I.371), so there is
 * nothing to refill.
 */
public final class TokenBucket {
  private final long nanosEach;
  private final long burstNanos;
  private final LongSupplier nanoTime;
  private final AtomicLong paidUntil;

  /**
   * Makes a full bucket.
   *
   * @param perSecond 1 or more
   * @param burst 1 or more
   * @param nanoTime as {@link System#nanoTime()}
   */
  public TokenBucket(int perSecond, int burst, LongSupplier nanoTime) {
    this.nanosEach = Math.max(1, 1_000_000_000L / perSecond);
    this.burstNanos = nanosEach * (burst - 1L);
    this.nanoTime = nanoTime;
    this.paidUntil = new AtomicLong(nanoTime.getAsLong());
  }

  /** Takes one if there is one. */
  public boolean take() {
    long now = nanoTime.getAsLong();
    while (true) {
      long paid = paidUntil.get();
      long from = paid - now > 0 ? paid : now;
      if (from - now > burstNanos) {
        return false;
      }
      if (paidUntil.compareAndSet(paid, from + nanosEach)) {
        return true;
      }
    }
  }

  /** Whether it is as full as a new one. */
  public boolean isFull() {
    return paidUntil.get() - nanoTime.getAsLong() <= 0;
  }
}
