package io.tideline.postgres;

import java.time.Duration;
import java.util.Objects;

/**
 * How the log is kept in PostgreSQL.
 *
 * @param keyWindow how long an idempotency key is remembered
 * @param connectionWait how long an operation waits for a connection of the pool; then it fails,
 *     without effect
 * @param connectionWaitersMax operations that wait for a connection; at the limit further ones fail
 *     at once
 * @param answerWait how long a caller waits for the database's answer; then an append's outcome is
 *     unknown
 * @param unresolvedBatchesMax appends whose outcome is unknown and still being looked up; at the
 *     limit further ones fail at once
 * @param failoverLossless true where a new primary never lacks a confirmed commit (synchronous
 *     replicas): positions stay valid over a failover
 */
public record HistorySettings(
    Duration keyWindow,
    Duration connectionWait,
    int connectionWaitersMax,
    Duration answerWait,
    int unresolvedBatchesMax,
    boolean failoverLossless) {
  public HistorySettings {
    Objects.requireNonNull(keyWindow);
    if (connectionWait.isNegative()
        || connectionWait.isZero()
        || answerWait.compareTo(connectionWait) < 0) {
      throw new IllegalArgumentException(
          "answerWait ("
              + answerWait
              + ") must not be below connectionWait ("
              + connectionWait
              + ")");
    }
  }

  public static HistorySettings defaults() {
    return new HistorySettings(
        Duration.ofHours(24), Duration.ofSeconds(2), 512, Duration.ofSeconds(5), 64, false);
  }
}
