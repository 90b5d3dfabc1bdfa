package io.tideline.transport;

import java.util.concurrent.ConcurrentHashMap;

/** How many there are of each kind, up to so many of one. Any thread. */
final class Crowds {
  private final int most;
  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

  Crowds(int most) {
    this.most = most;
  }

  /** False if there is no room for one more. */
  boolean enter(String of) {
    if (counts.merge(of, 1, Integer::sum) <= most) {
      return true;
    }
    leave(of);
    return false;
  }

  void leave(String of) {
    counts.computeIfPresent(of, (key, count) -> count == 1 ? null : count - 1);
  }
}
