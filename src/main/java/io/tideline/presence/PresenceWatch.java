package io.tideline.presence;

import io.tideline.stream.Channel;

/** One connection's wish to know who is in a channel. On its lane only. */
public final class PresenceWatch {
  private final PresenceWatcher watcher;
  private final LaneWatches watches;

  /** The version that it was told last; below 0 if none. */
  private long told = -1;

  private int index;

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

  int index() {
    return index;
  }

  void index(int newIndex) {
    index = newIndex;
  }
}
