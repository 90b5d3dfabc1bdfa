package io.tideline.presence;

import io.tideline.loop.IndexedBag;
import io.tideline.stream.Channel;

/** One connection's wish to know who is in a channel. On its lane only. */
public final class PresenceWatch extends IndexedBag.Element {
  private final PresenceWatcher watcher;
  private final LaneWatches watches;

  /** The version that it was told last; below 0 if none. */
  private long told = -1;

  PresenceWatch(PresenceWatcher watcher, LaneWatches watches) {
    this.watcher = watcher;
    this.watches = watches;
  }

  public Channel channel() {
    return watches.channel();
  }

  /** Nothing is told after this. */
  public void end() {
    watches.remove(this);
  }

  /** Whether it knows the news now. */
  boolean send(PresenceUpdate news) {
    if (told == news.version()) {
      return true;
    }
    if (!watcher.send(news, news.continues(told))) {
      return false;
    }
    told = news.version();
    return true;
  }
}
