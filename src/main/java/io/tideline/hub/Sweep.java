package io.tideline.hub;

import io.tideline.loop.Lane;
import io.tideline.stream.History;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Asks the log, again and again, what others changed: whatever the backplane loses is found here.
 * On one lane; one question at a time.
 */
public final class Sweep {
  private final Hub hub;
  private final History history;
  private final Lane lane;
  private final Duration interval;
  private final LongSupplier nanoTime;
  private ChangeCursor cursor = ChangeCursor.NONE;
  private boolean isStopped;
  private volatile long sweptNanos;
  private volatile boolean isSwept;

  /**
   * Makes a sweep that has not begun.
   *
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Sweep(Hub hub, History history, Lane lane, Duration interval, LongSupplier nanoTime) {
    this.hub = hub;
    this.history = history;
    this.lane = lane;
    this.interval = interval;
    this.nanoTime = nanoTime;
  }

  public void start() {
    lane.execute(this::sweep);
  }

  public void stop() {
    lane.execute(() -> isStopped = true);
  }

  /** How long ago the log last answered; empty if it never has. Any thread. */
  public Optional<Duration> age() {
    return isSwept
        ? Optional.of(Duration.ofNanos(nanoTime.getAsLong() - sweptNanos))
        : Optional.empty();
  }

  private void sweep() {
    if (isStopped) {
      return;
    }
    hub.forgetIdle();
    long askedNanos = nanoTime.getAsLong();
    history
        .changesSince(cursor)
        .subscribe()
        .with(
            changes -> lane.run(() -> found(changes, askedNanos)),
            failure -> lane.run(this::again));
  }

  /**
   * What was learnt before there was a cursor, or while the cursor grew too old, may have been
   * overtaken: all is compared.
   */
  private void found(Changes changes, long askedNanos) {
    boolean isFirst = cursor.equals(ChangeCursor.NONE);
    cursor = changes.next();
    sweptNanos = nanoTime.getAsLong();
    isSwept = true;
    hub.changed(changes.states());
    if (isFirst || !changes.complete()) {
      hub.compareAll();
    }
    hub.swept(askedNanos);
    again();
  }

  private void again() {
    lane.schedule(interval, this::sweep);
  }
}
