package io.tideline.hub;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that all tails of this node hold together. */
final class TailBudget {
  private final long bytesMax;
  private final AtomicLong bytes = new AtomicLong();

  TailBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  void add(long delta) {
    if (delta != 0) {
      bytes.addAndGet(delta);
    }
  }

  boolean isSpent() {
    return bytes.get() > bytesMax;
  }

  long bytes() {
    return bytes.get();
  }
}
