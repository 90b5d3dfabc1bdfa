package io.tideline.presence;

import io.tideline.loop.IndexedBag;
import io.tideline.loop.Lane;
import io.tideline.stream.Channel;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The connections on one lane that watch one channel's seats, and the updates that not all of them
 * have been told yet: at most {@value #BACKLOG_MAX}, after which the newest ones are joined to a
 * loss. On the lane only.
 */
final class LaneSeats {
  /** Connections that are told in one go. */
  private static final int TURN = 64;

  private static final int BACKLOG_MAX = 8;

  private final Channel channel;
  private final Lane lane;
  private final Runnable empty;
  private final IndexedBag<SeatWatch> watches = new IndexedBag<>(1);
  private final Deque<SeatUpdate> backlog = new ArrayDeque<>(2);
  private int left;

  /**
   * Makes an empty one.
   *
   * @param empty called when the last one has ended
   */
  LaneSeats(Channel channel, Lane lane, Runnable empty) {
    this.channel = channel;
    this.lane = lane;
    this.empty = empty;
  }

  Channel channel() {
    return channel;
  }

  Lane lane() {
    return lane;
  }

  SeatWatch add(SeatWatcher watcher) {
    SeatWatch watch = new SeatWatch(watcher, this);
    watches.add(watch);
    return watch;
  }

  void remove(SeatWatch watch) {
    if (watches.remove(watch) && watches.isEmpty()) {
      backlog.clear();
      empty.run();
    }
  }

  void post(SeatUpdate update) {
    if (watches.isEmpty()) {
      return;
    }
    boolean isTooMany = backlog.size() == BACKLOG_MAX;
    if (isTooMany) {
      backlog.removeLast();
    }
    backlog.add(isTooMany ? update.afterLoss() : update);
    if (backlog.size() == 1) {
      left = watches.size();
      lane.execute(this::sendToSome);
    }
  }

  private void sendToSome() {
    SeatUpdate update = backlog.peek();
    for (int i = 0; i < TURN && left > 0 && update != null; i++) {
      left--;
      if (left < watches.size()) {
        watches.get(left).send(update);
      }
    }
    if (left == 0) {
      backlog.poll();
      left = watches.size();
    }
    if (!backlog.isEmpty()) {
      lane.executeAfterSockets(this::sendToSome);
    }
  }
}
