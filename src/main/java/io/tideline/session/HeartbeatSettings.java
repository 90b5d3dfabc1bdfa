package io.tideline.session;

import java.time.Duration;

/**
 * The times of a heartbeat.
 *
 * @param interval between two heartbeats
 * @param answer how long a client may take to answer one; zero where none is expected
 * @param standstill how long a heartbeat may wait to leave, because the client doesn't read
 */
public record HeartbeatSettings(Duration interval, Duration answer, Duration standstill) {
  public HeartbeatSettings {
    if (interval.isNegative()
        || interval.isZero()
        || standstill.isNegative()
        || standstill.isZero()) {
      throw new IllegalArgumentException(
          "the interval of heartbeats and the standstill must be longer than 0");
    }
  }
}
