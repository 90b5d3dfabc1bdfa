package io.tideline.hub;

import io.tideline.loop.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongSupplier;

/**
 * Sends the connections of one lane away: all are told at once, and then ended one after the other,
 * in random order and evenly over a window, so that they don't come to the other nodes together. On
 * the lane only.
 */
final class LaneDrain {
  private static final Duration STEP = Duration.ofMillis(20);

  /** A step, so that telling many doesn't hold up what is delivered meanwhile. */
  private static final int TOLD_MAX = 256;

  private final Lane lane;
  private final List<Subscriber> connected;
  private final List<Subscriber> leaving;
  private final long windowNanos;
  private final LongSupplier nanoTime;
  private final long beganNanos;
  private final Runnable done;
  private int told;
  private int ended;
  private boolean isAtRest;
  private boolean isDone;

  /**
   * Makes a drain that has not begun.
   *
   * @param connected who is there, now and later
   * @param nanoTime as {@link System#nanoTime()}
   * @param done is run when all have been ended, or nobody is left
   */
  LaneDrain(
      Lane lane,
      List<Subscriber> connected,
      Duration window,
      LongSupplier nanoTime,
      Random random,
      Runnable done) {
    this.lane = lane;
    this.connected = connected;
    this.leaving = new ArrayList<>(connected);
    Collections.shuffle(leaving, random);
    this.windowNanos = window.toNanos();
    this.nanoTime = nanoTime;
    this.beganNanos = nanoTime.getAsLong();
    this.done = done;
  }

  void step() {
    long elapsed = nanoTime.getAsLong() - beganNanos;
    int due =
        elapsed >= windowNanos
            ? leaving.size()
            : (int) (leaving.size() * ((double) elapsed / windowNanos));
    announce(Math.max(due, told + TOLD_MAX), Duration.ofNanos(Math.max(0, windowNanos - elapsed)));
    while (ended < due) {
      end(leaving.get(ended++));
    }
    isAtRest = ended == leaving.size() || connected.isEmpty();
    if (!isAtRest) {
      lane.schedule(STEP, this::step);
    } else if (!isDone) {
      isDone = true;
      done.run();
    }
  }

  /** Takes in someone who was admitted at the very moment at which it began. */
  void add(Subscriber late) {
    leaving.add(late);
    if (isAtRest) {
      isAtRest = false;
      lane.schedule(STEP, this::step);
    }
  }

  private void announce(int through, Duration within) {
    while (told < Math.min(through, leaving.size())) {
      Subscriber next = leaving.get(told++);
      if (!next.isClosed()) {
        next.outlet().drains(within);
      }
    }
  }

  private static void end(Subscriber subscriber) {
    if (!subscriber.isClosed()) {
      subscriber.disconnect(Disconnect.DRAIN);
    }
  }
}
