package io.tideline.presence;

/** What a transport lends for one connection that watches who is in a channel. On its lane only. */
@FunctionalInterface
public interface PresenceWatcher {
  /**
   * Tells the news, if the connection can take it without holding more than its bound. If not, the
   * newest is told later; nothing is kept for it.
   *
   * @param asStep true: what has changed since it was last told; false: the whole state
   * @return false if there is no room
   */
  boolean send(PresenceUpdate news, boolean asStep);
}
