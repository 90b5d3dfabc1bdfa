package io.tideline.limit;

import java.util.concurrent.ConcurrentHashMap;

/** A counter per key, with a bound per key. Any thread. */
public final class KeyedCounter {
  private final int most;
  private final ConcurrentHashMap<String, Integer> counts = new ConcurrentHashMap<>();

  public KeyedCounter(int most) {
    this.most = most;
  }

  /** False if there is no room for one more. */
  public boolean enter(String of) {
    if (counts.merge(of, 1, Integer::sum) <= most) {
      return true;
    }
    leave(of);
    return false;
  }

  public void leave(String of) {
    counts.computeIfPresent(of, (key, count) -> count == 1 ? null : count - 1);
  }
}
