package io.tideline.backplane;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import java.util.function.DoubleConsumer;

/**
 * A question to a connection every now and then, as one may be dead without having been closed.
 * What is asked lets PostgreSQL drop from its notification queue what all have read: it does so by
 * itself only when somebody notifies, which it refuses while the queue is full.
 */
final class ConnectionProbe {
  static final String TRIM_QUEUE = "select pg_notification_queue_usage()";
  private static final int INTERVAL_MILLIS = 5000;
  private static final int ANSWER_MILLIS_MAX = 5000;

  private final Vertx vertx;
  private final PgConnection connection;
  private final DoubleConsumer queueUsage;
  private final Runnable dead;

  private ConnectionProbe(
      Vertx vertx, PgConnection connection, DoubleConsumer queueUsage, Runnable dead) {
    this.vertx = vertx;
    this.connection = connection;
    this.queueUsage = queueUsage;
    this.dead = dead;
  }

  /**
   * Beats until the connection is closed, or doesn't answer.
   *
   * @param queueUsage is told how full the notification queue is, from 0 to 1
   * @param dead is run instead of the connection's close handler if it doesn't answer: the driver
   *     wouldn't call it closed before the other end has agreed
   */
  static void keep(Vertx vertx, PgConnection connection, DoubleConsumer queueUsage, Runnable dead) {
    new ConnectionProbe(vertx, connection, queueUsage, dead).later();
  }

  private void later() {
    vertx.setTimer(INTERVAL_MILLIS, timer -> beat());
  }

  private void beat() {
    long giveUp = vertx.setTimer(ANSWER_MILLIS_MAX, timer -> giveUp());
    connection
        .query(TRIM_QUEUE)
        .execute()
        .onComplete(
            answered -> {
              if (!vertx.cancelTimer(giveUp)) {
                return;
              }
              if (answered.succeeded()) {
                queueUsage.accept(answered.result().iterator().next().getDouble(0));
                later();
              } else if (answered.cause() instanceof PgException) {
                later(); // an answer, though not the one that was asked for
              }
            });
  }

  private void giveUp() {
    connection.closeHandler(closed -> {});
    connection.close();
    dead.run();
  }
}
