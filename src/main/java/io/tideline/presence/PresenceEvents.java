package io.tideline.presence;

/** What presence tells whoever counts; called on one thread. */
public interface PresenceEvents {
  PresenceEvents NONE = new PresenceEvents() {};

  /** Seats written to the store. */
  default void written(int seats) {}

  /** News of channels that are watched here. */
  default void told(int channels) {}

  /** All members of this node had to be written anew. */
  default void rewritten() {}
}
