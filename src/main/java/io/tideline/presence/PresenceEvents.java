package io.tideline.presence;

/** What presence tells whoever counts; called on one thread. */
public interface PresenceEvents {
  PresenceEvents NONE = new PresenceEvents() {};

  /** Seats written to the store. */
  default void written(int seats) {}

  /** News of channels that are watched here. */
  default void sent(int channels) {}

  /**
   * A round was given up: what it was to write, read and tell waits for the next one.
   *
   * @param isFirst whether the one before succeeded
   */
  default void failed(Throwable failure, boolean isFirst) {}

  /** All members of this node had to be written anew. */
  default void rewritten() {}
}
