package io.tideline.hub;

import io.tideline.stream.Gap;
import io.tideline.stream.HistoryException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a transport lends the hub for one connection: the way out. All methods are called on the
 * connection's lane, must not block and must not throw; an outlet whose connection is gone ignores
 * them. The transport, for its part, calls {@link Subscriber#writable()} when there is room again
 * and {@link Subscriber#closed()} once when the connection is gone.
 */
public interface Outlet {
  Format format();

  /** Fixed for the life of the connection. */
  Transport transport();

  /**
   * What the protocol calls this connection: no other one has the name, on any node, now or later.
   * Null where the protocol gives connections no name.
   */
  default @Nullable String name() {
    return null;
  }

  /** Where the client is, for people; null if nobody knows. */
  default @Nullable String address() {
    return null;
  }

  /**
   * Bytes that can be written now without the connection holding more than its bound. Whoever is
   * told less than the whole bound and stops, because what comes next doesn't fit, is called back
   * at the latest when what waits has left. A message that is larger than the bound is written
   * alone when nothing else is waiting, so an empty connection reports its whole bound.
   */
  int room();

  /** Whether nothing is waiting to leave, so that one message of any size may be written. */
  boolean isDrained();

  /** Messages that can be written now; for transports whose answer has a message limit. */
  default int roomMessages() {
    return Integer.MAX_VALUE;
  }

  /** Bytes that this transport adds to each message by itself. */
  default int overheadBytes() {
    return 0;
  }

  /**
   * Whether its subscriptions make it present, where presence is kept, and last long enough that a
   * lent grant must be renewed.
   */
  default boolean isPresent() {
    return true;
  }

  /** Writes the run, without flushing. The subscription already stands after it. */
  void write(Subscription subscription, FrameBatch run);

  /**
   * Tells what this subscriber lost, before its next message, without flushing. The subscription
   * already stands after it.
   */
  void gap(Subscription subscription, Gap gap);

  /** The subscription has reached the head, after a write or at once after subscribing. */
  default void caughtUp(Subscription subscription) {}

  /**
   * What comes next can't be read now; the hub tries again by itself until the subscription ends.
   */
  default void stalled(Subscription subscription, HistoryException why) {}

  /** The wake is over: everything written since the last flush may leave in one go. */
  void flush();

  /**
   * Time goes by: called several times a second, for what a connection does by the clock.
   *
   * @param nowNanos as {@link System#nanoTime()}
   */
  default void tick(long nowNanos) {}

  /** This node goes away, and ends the connection within that time. */
  default void drains(Duration within) {}

  /** The hub ends one subscription, the connection stays. */
  void ended(Subscription subscription, Disconnect why);

  /** The hub ends the connection. */
  void close(Disconnect why);
}
