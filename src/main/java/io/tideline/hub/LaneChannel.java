package io.tideline.hub;

import io.tideline.loop.IndexedBag;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The subscriptions to one channel on one lane. Only {@link #wake} and {@link #size} may be called
 * from elsewhere.
 */
final class LaneChannel {
  /** Formats in which a run is kept: so many are compared before one is made anew. */
  private static final int RUNS_MAX = 16;

  private final LocalChannel channel;
  private final Pump pump;
  private final AtomicBoolean woken = new AtomicBoolean();
  private final IndexedBag<Subscription> subscriptions = new IndexedBag<>(2);
  private volatile int size;
  private int toLookAt;

  /** The newest; the others follow it. Null if there are none. */
  private FrameBatch runs;

  LaneChannel(LocalChannel channel, Pump pump) {
    this.channel = channel;
    this.pump = pump;
  }

  LocalChannel channel() {
    return channel;
  }

  int size() {
    return size;
  }

  /**
   * There is news. Any thread; the lane is told once, however often this is called until it looks.
   */
  void wake() {
    if (!woken.get() && woken.compareAndSet(false, true)) {
      pump.wake(this);
    }
  }

  /** The lane looks at all subscriptions: whatever comes from now on wakes it again. */
  void beginLook() {
    woken.set(false);
    toLookAt = size;
  }

  boolean isBeingLookedAt() {
    return toLookAt > 0;
  }

  /**
   * From the last to the first, because one that ends meanwhile is replaced by the last. Null if it
   * is gone.
   */
  Subscription lookAtNext() {
    toLookAt--;
    return toLookAt < subscriptions.size() ? subscriptions.get(toLookAt) : null;
  }

  /** What the cursors of this wake were last moved over, in this format; null if nothing fits. */
  FrameBatch run(Format format) {
    FrameBatch run = runs;
    while (run != null && run.format() != format) {
      run = run.other();
    }
    return run;
  }

  /**
   * Keeps the run for the cursors that follow, until {@link #forgetRuns}, in place of the one in
   * its format, or of the oldest if there are {@value #RUNS_MAX}. True if it is the first since.
   */
  boolean run(FrameBatch run) {
    boolean first = runs == null;
    run.other(runs);
    runs = run;
    FrameBatch before = run;
    for (int kept = 1; before.other() != null; kept++) {
      if (before.other().format() == run.format() || kept == RUNS_MAX) {
        before.other(before.other().other());
        break;
      }
      before = before.other();
    }
    return first;
  }

  void forgetRuns() {
    runs = null;
  }

  void add(Subscription subscription) {
    subscriptions.add(subscription);
    size = subscriptions.size();
  }

  void remove(Subscription subscription) {
    subscriptions.remove(subscription);
    size = subscriptions.size();
  }
}
