package io.tideline.presence;

import io.tideline.loop.IndexedBag;

/** One connection's wish to hear of a channel's seats. On its lane only. */
public final class SeatWatch extends IndexedBag.Element {
  private final SeatWatcher watcher;
  private final LaneSeats seats;

  SeatWatch(SeatWatcher watcher, LaneSeats seats) {
    this.watcher = watcher;
    this.seats = seats;
  }

  /** Nothing is told after this. */
  public void end() {
    seats.remove(this);
  }

  void send(SeatUpdate update) {
    watcher.send(update);
  }
}
