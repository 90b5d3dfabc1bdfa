package io.tideline.hub;

import io.tideline.stream.History;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import java.time.Duration;

/**
 * Asks the log, again and again, what others changed: whatever the backplane loses is found here.
 * On one lane; one question at a time.
 */
public final class Sweep {
  private final Hub hub;
  private final History history;
  private final Lane lane;
  private final Duration interval;
  private ChangeCursor cursor = ChangeCursor.NONE;
  private boolean isStopped;

  public Sweep(Hub hub, History history, Lane lane, Duration interval) {
    this.hub = hub;
    this.history = history;
    this.lane = lane;
    this.interval = interval;
  }

  public void start() {
    lane.execute(this::sweep);
  }

  public void stop() {
    lane.execute(() -> isStopped = true);
  }

  private void sweep() {
    if (isStopped) {
      return;
    }
    hub.forgetIdle();
    history
        .changesSince(cursor)
        .subscribe()
        .with(changes -> lane.run(() -> found(changes)), failure -> lane.run(this::again));
  }

  /**
   * What was learnt before there was a cursor, or while the cursor grew too old, may have been
   * overtaken: all is compared.
   */
  private void found(Changes changes) {
    boolean isFirst = cursor.equals(ChangeCursor.NONE);
    cursor = changes.next();
    hub.changed(changes.states());
    if (isFirst || !changes.complete()) {
      hub.compareAll();
    }
    again();
  }

  private void again() {
    lane.schedule(interval, this::sweep);
  }
}
