package io.tideline.session;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A rate limit on one connection's commands: a bucket that fills at a steady rate and holds twice
 * of what comes in a second. Commands that are refused cost too, so that a client that doesn't slow
 * down is told apart from one that was a little too fast.
 */
public final class CommandLimiter {
  private static final long NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long perSecond;
  private final LongSupplier nanoTime;

  /** In billionths of a command, so that no fraction is lost. */
  private long left;

  private long filledAt;

  public CommandLimiter(int perSecond, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.nanoTime = nanoTime;
    this.left = 2L * perSecond * NANOS;
    this.filledAt = nanoTime.getAsLong();
  }

  public enum Verdict {
    ALLOWED,
    REFUSED,
    /** As much again was refused: nobody listens there. */
    HOPELESS
  }

  /**
   * Whether a command may be carried out.
   *
   * @param weight how many small commands it is as much work as, 1 or more; a full bucket is enough
   *     for any
   */
  public Verdict spend(int weight) {
    long now = nanoTime.getAsLong();
    long most = 2 * perSecond * NANOS;
    long elapsed = Math.min(now - filledAt, 4 * NANOS);
    left = Math.min(most, left + elapsed * perSecond);
    filledAt = now;
    long price = Math.min(most, weight * NANOS);
    if (left >= price) {
      left -= price;
      return Verdict.ALLOWED;
    }
    left -= NANOS;
    return left < -most ? Verdict.HOPELESS : Verdict.REFUSED;
  }
}
