package io.tideline.postgres;

import java.time.Duration;

/**
 * How the log is kept short.
 *
 * @param interval between two passes over all channels
 * @param journalKept how long what changed can be looked up; a node that was away longer compares
 *     all its channels
 * @param channelsAStep channels that are looked at together
 * @param channelsALock channels that are shortened, so locked, together
 * @param rowsAStep rows that are deleted together
 */
public record UpkeepSettings(
    Duration interval, Duration journalKept, int channelsAStep, int channelsALock, int rowsAStep) {
  public static UpkeepSettings defaults() {
    return new UpkeepSettings(Duration.ofSeconds(10), Duration.ofMinutes(10), 1000, 50, 1000);
  }
}
