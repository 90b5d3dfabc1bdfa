package io.tideline.stream;

/** What happens to a subscriber that can't take a channel's publications as fast as they come. */
public enum SlowConsumer {
  /** Pause, and go on from the log when it can take more; nothing is lost. */
  CATCH_UP,
  /** Skip to the newest, with a gap. */
  LATEST,
  /** Close with a code that says: come back with your position. */
  DISCONNECT,
  /**
   * Ephemeral channels only: the oldest that this node still holds comes next, what fell out is
   * told.
   */
  DROP_OLDEST,
  /**
   * Ephemeral channels only: what is published until it can take more is lost to it, and told; then
   * the next one comes.
   */
  DROP_NEWEST;

  /** Whether it is for channels that have no log to catch up from. */
  public boolean isForEphemeral() {
    return this == DROP_OLDEST || this == DROP_NEWEST;
  }
}
