package io.tideline.hub;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The subscriptions to one channel on one lane. Only {@link #wake} and {@link #size} may be called
 * from elsewhere.
 */
final class LaneChannel {
  private final LocalChannel channel;
  private final Pump pump;
  private final AtomicBoolean woken = new AtomicBoolean();
  private final List<Subscription> subscriptions = new ArrayList<>();
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
   * its format. True if it is the first since.
   */
  boolean run(FrameBatch run) {
    boolean first = runs == null;
    run.other(without(run.format()));
    runs = run;
    return first;
  }

  /** The runs but for the one in this format. */
  private FrameBatch without(Format format) {
    FrameBatch before = null;
    for (FrameBatch run = runs; run != null; run = run.other()) {
      if (run.format() == format) {
        if (before == null) {
          return run.other();
        }
        before.other(run.other());
        return runs;
      }
      before = run;
    }
    return runs;
  }

  void forgetRuns() {
    runs = null;
  }

  void add(Subscription subscription) {
    subscription.index(subscriptions.size());
    subscriptions.add(subscription);
    size = subscriptions.size();
  }

  void remove(Subscription subscription) {
    Subscription last = subscriptions.remove(subscriptions.size() - 1);
    if (last != subscription) {
      subscriptions.set(subscription.index(), last);
      last.index(subscription.index());
    }
    size = subscriptions.size();
  }
}
