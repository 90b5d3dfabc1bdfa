package io.tideline.presence;

/** A connection's ear for who takes and gives up seats in a channel. On its lane only. */
@FunctionalInterface
public interface SeatWatcher {
  /**
   * Tells an update. Where the connection has no room for it, it is for its protocol to leave it
   * out: nothing is told twice, and {@link Presence#seats} is the truth.
   */
  void send(SeatUpdate update);
}
