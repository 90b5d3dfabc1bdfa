package io.tideline.postgres;

import io.vertx.pgclient.PgConnectOptions;
import java.util.concurrent.TimeUnit;

/**
 * What keeps a dead way to PostgreSQL from holding connections: one that can't be made, or on which
 * nothing comes back, is given up. (TCP by itself would wait for a quarter of an hour.)
 */
public final class ConnectionLimits {
  /** A statement's caller has long been answered when its connection is given up. */
  private static final int ANSWER_WAITS = 2;

  private ConnectionLimits() {}

  public static void apply(PgConnectOptions options, HistorySettings settings) {
    options.setConnectTimeout(Math.toIntExact(settings.connectionWait().toMillis()));
    options.setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    options.setReadIdleTimeout(
        Math.toIntExact(settings.answerWait().multipliedBy(ANSWER_WAITS).toMillis()));
  }
}
