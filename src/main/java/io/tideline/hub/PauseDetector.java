package io.tideline.hub;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A detector of pauses in which this node stood still (SIGSTOP, a suspended machine, a long
 * collection): others have gone on, so what is known here of their channels is old until the sweep
 * has asked the log.
 *
 * <p>Each lane says twice a second and more that it runs. One that comes to its first task after a
 * pause finds its own last word too long ago, before anybody told it. Any thread.
 */
final class PauseDetector {
  /** Above what a lane may be late on a loaded machine; below what a sweep takes anyway. */
  private static final long PAUSE_NANOS_MIN = Duration.ofMillis(1_500).toNanos();

  private static final long SETTLED_NANOS = Duration.ofMillis(500).toNanos();

  private final AtomicLongArray tickedNanos;
  private volatile boolean isBehind;
  private volatile long resumedNanos;

  PauseDetector(int lanes, long nowNanos) {
    this.tickedNanos = new AtomicLongArray(lanes);
    for (int i = 0; i < lanes; i++) {
      tickedNanos.set(i, nowNanos);
    }
  }

  /** This lane runs. */
  void ticked(int lane, long nowNanos) {
    look(lane, nowNanos);
    tickedNanos.set(lane, nowNanos);
  }

  /** Whether this lane hasn't looked at the time for longer than it ever should. */
  boolean isOverdue(int lane, long nowNanos) {
    return nowNanos - tickedNanos.get(lane) >= SETTLED_NANOS;
  }

  /** Whether other nodes' news of some time may be missing here. */
  boolean isBehind(int lane, long nowNanos) {
    look(lane, nowNanos);
    return isBehind;
  }

  /**
   * The log was asked then, and has answered what changed. What it said is known here a moment
   * later, so the first sweep after a pause may not be enough.
   */
  void swept(long askedNanos) {
    if (isBehind && askedNanos - resumedNanos >= SETTLED_NANOS) {
      isBehind = false;
    }
  }

  private void look(int lane, long nowNanos) {
    if (nowNanos - tickedNanos.get(lane) >= PAUSE_NANOS_MIN) {
      resumedNanos = nowNanos;
      isBehind = true;
    }
  }
}
