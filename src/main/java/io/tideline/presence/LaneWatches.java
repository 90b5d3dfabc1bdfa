package io.tideline.presence;

import io.tideline.loop.IndexedBag;
import io.tideline.loop.Lane;
import io.tideline.stream.Channel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Those on one lane who watch one channel's presence, and the newest of it. Each is told what it
 * can take: who couldn't take some of it is told the newest state later. On the lane only.
 */
final class LaneWatches {
  /** Connections that are told in one go. */
  private static final int TURN = 64;

  private final Channel channel;
  private final Lane lane;
  private final Duration again;
  private final Runnable ended;
  private final Runnable empty;
  private final IndexedBag<PresenceWatch> watches = new IndexedBag<>(1);
  private @Nullable PresenceUpdate newest;
  private int toLookAt;
  private boolean isLooking;
  private boolean isLeftBehind;
  private boolean isAgainTimed;

  /**
   * Makes an empty one.
   *
   * @param again when those are told that couldn't take it before
   * @param ended called for each one that ends
   * @param empty called when the last one has
   */
  LaneWatches(Channel channel, Lane lane, Duration again, Runnable ended, Runnable empty) {
    this.channel = channel;
    this.lane = lane;
    this.again = again;
    this.ended = ended;
    this.empty = empty;
  }

  Channel channel() {
    return channel;
  }

  Lane lane() {
    return lane;
  }

  int size() {
    return watches.size();
  }

  PresenceWatch add(PresenceWatcher watcher) {
    PresenceWatch watch = new PresenceWatch(watcher, this);
    watches.add(watch);
    if (newest != null) {
      look();
    }
    return watch;
  }

  void remove(PresenceWatch watch) {
    if (!watches.remove(watch)) {
      return;
    }
    ended.run();
    if (watches.isEmpty()) {
      empty.run();
    }
  }

  void post(PresenceUpdate news) {
    newest = news;
    look();
  }

  private void look() {
    toLookAt = watches.size();
    if (!isLooking) {
      isLooking = true;
      isLeftBehind = false;
      // Later, as whoever has just begun to watch must be answered first.
      lane.execute(this::lookAtSome);
    }
  }

  /** From the last to the first, because one that ends meanwhile is replaced by the last. */
  private void lookAtSome() {
    for (int i = 0; i < TURN && toLookAt > 0; i++) {
      toLookAt--;
      if (toLookAt < watches.size()) {
        isLeftBehind |= !watches.get(toLookAt).send(newest);
      }
    }
    if (toLookAt > 0) {
      lane.executeAfterSockets(this::lookAtSome);
      return;
    }
    isLooking = false;
    if (isLeftBehind && !isAgainTimed) {
      isAgainTimed = true;
      lane.schedule(again, this::lookAgain);
    }
  }

  private void lookAgain() {
    isAgainTimed = false;
    look();
  }
}
