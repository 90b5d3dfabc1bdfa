package io.tideline.postgres;

import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What keeps a dead way to PostgreSQL from holding connections: one that can't be made, or on which
 * nothing comes back, is given up. (TCP by itself would wait for a quarter of an hour.) And what
 * keeps a plan from becoming a trap: a session keeps those that it made while a table was small.
 */
public final class ConnectionLimits {
  /** A statement's caller has long been answered when its connection is given up. */
  private static final int ANSWER_WAITS = 2;

  /** What the server has to close its side of a connection that was given up. */
  private static final Duration CLOSE_MAX = Duration.ofSeconds(1);

  /** Everything that is read has an index; a table that is scanned may have grown since. */
  private static final String SCANS = "enable_seqscan";

  private ConnectionLimits() {}

  public static void apply(PgConnectOptions options, HistorySettings settings) {
    options.setConnectTimeout(Math.toIntExact(settings.connectionWait().toMillis()));
    options.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    options.setReadIdleTimeout(Math.toIntExact(silenceMax(settings).toMillis()));
    // A pooler refuses what it doesn't know; through one, statements are planned each time.
    if (!options.getUseLayer7Proxy()) {
      options.addProperty(SCANS, "off");
    }
  }

  /** For each new connection of a pool, as its connect handler. */
  public static void guard(SqlConnection connection, HistorySettings settings) {
    watch(connection, settings);
    connection.close();
  }

  /** For a connection that is in no pool. The caller is on its event loop. */
  static void watch(SqlConnection connection, HistorySettings settings) {
    SilentConnection.guard(connection, silenceMax(settings).plus(CLOSE_MAX));
  }

  private static Duration silenceMax(HistorySettings settings) {
    return settings.answerWait().multipliedBy(ANSWER_WAITS);
  }
}
