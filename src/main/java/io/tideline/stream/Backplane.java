package io.tideline.stream;

/**
 * The way between nodes; a hint, never the truth. It may lose, repeat, delay and reorder: whatever
 * it loses is found by the sweep over {@link History#changesSince}. What other nodes announce is
 * handed to the {@code Consumer<Announcement>} that the implementation was built with, on any
 * thread.
 */
public interface Backplane {
  /**
   * Tells the other nodes, soon; never blocks, never throws. At its limit it drops, and counts
   * that.
   */
  void announce(Announcement announcement);

  /** For a single node. */
  Backplane NONE = announcement -> {};
}
