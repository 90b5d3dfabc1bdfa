package io.tideline.presence;

import java.time.Duration;

/**
 * How presence is kept and told.
 *
 * @param grace how long who went is counted on
 * @param interval between two events of one channel
 * @param namedMax members up to which a channel's are told by name
 */
public record PresenceSettings(Duration grace, Duration interval, int namedMax) {
  public PresenceSettings {
    if (grace.isNegative() || interval.isNegative() || interval.isZero() || namedMax < 0) {
      throw new IllegalArgumentException(
          "grace and namedMax are 0 or more, interval is more: "
              + grace
              + ", "
              + namedMax
              + ", "
              + interval);
    }
  }

  public static PresenceSettings defaults() {
    return new PresenceSettings(Duration.ofSeconds(5), Duration.ofMillis(500), 500);
  }
}
