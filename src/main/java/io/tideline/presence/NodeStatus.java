package io.tideline.presence;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A node that lives, as it last said itself.
 *
 * @param seenAt when that was, by the database's clock
 * @param info null from a node of a version that says nothing of itself
 */
public record NodeStatus(String id, Instant seenAt, @Nullable Info info) {

  /**
   * What a node says of itself.
   *
   * @param since when it started
   * @param address where it listens; null if it doesn't know
   * @param isDraining whether it sends its clients elsewhere, and takes no new ones
   * @param connections live ones, and polls that wait
   */
  public record Info(
      Instant since,
      String version,
      @Nullable String address,
      boolean isDraining,
      long connections,
      Link backplane) {}

  /**
   * The way to the other nodes.
   *
   * @param connector as configured
   * @param state {@code up}, {@code down}, or {@code unused} while there is no other node
   * @param lagMillis the age of the newest publication that last came in; null before the first
   */
  public record Link(String connector, String state, @Nullable Long lagMillis) {}
}
