package io.tideline.backplane;

import io.tideline.limit.Backoff;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgNotification;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * One connection that listens, for ever: when it breaks, or doesn't answer, it is made again, after
 * a pause that grows ({@link Reconnect}).
 */
final class Listener implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Listener.class);
  private static final double QUEUE_USAGE_WARNED = 0.25;

  private final Vertx vertx;
  private final Context context;
  private final PgConnectOptions address;
  private final String topic;
  private final Fragments fragments = new Fragments();
  private final Backoff backoff = Reconnect.backoff();
  private Consumer<String> reader;
  private PgConnection connection;
  private boolean isQuiet;
  private boolean isQueueWarned;
  private volatile boolean isClosed;

  Listener(Vertx vertx, PgConnectOptions address, String topic) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.address = address;
    this.topic = topic;
  }

  void start(Consumer<String> newReader) {
    context.runOnContext(
        started -> {
          reader = newReader;
          connect();
        });
  }

  private void connect() {
    if (isClosed) {
      return;
    }
    PgConnection.connect(vertx, address)
        .compose(
            made -> {
              connection = made;
              if (isClosed) {
                return made.close().mapEmpty();
              }
              made.notificationHandler(this::received);
              made.closeHandler(closed -> context.runOnContext(later -> lost(null)));
              return made.query("listen \"" + topic + "\"")
                  .execute()
                  .onSuccess(on -> connected(made));
            })
        .onFailure(failure -> context.runOnContext(later -> failed(failure)));
  }

  private void connected(PgConnection made) {
    backoff.reset();
    isQuiet = false;
    LOG.debugf("Listening on %s", topic);
    ConnectionProbe.keep(
        vertx,
        made,
        this::warnOfFullQueue,
        () -> context.runOnContext(later -> lost(new TimeoutException("it doesn't answer"))));
  }

  private void warnOfFullQueue(double usage) {
    if (usage < QUEUE_USAGE_WARNED) {
      isQueueWarned = false;
    } else if (!isQueueWarned) {
      isQueueWarned = true;
      LOG.warnf(
          "PostgreSQL's notification queue is filled to %.0f %%; when it is full, every NOTIFY fails, also those of tideline.publish(). A session that listens and doesn't end its transaction is the usual reason: see pg_stat_activity.",
          100 * usage);
    }
  }

  private void failed(Throwable failure) {
    PgConnection half = connection;
    if (half == null) {
      lost(failure);
    } else {
      half.close();
    }
  }

  /** Said once, not at every attempt. */
  private void lost(Throwable failure) {
    connection = null;
    if (isClosed) {
      return;
    }
    if (!isQuiet) {
      isQuiet = true;
      LOG.warnf(
          "The backplane does not listen on %s%s. Until it does, messages of other nodes come with the sweep.",
          topic, failure == null ? "" : ": " + failure.getMessage());
    }
    vertx.setTimer(backoff.next().toMillis(), timer -> context.runOnContext(later -> connect()));
  }

  private void received(PgNotification notification) {
    if (notification.getChannel().equals(topic)) {
      fragments.join(notification.getPayload()).ifPresent(reader);
    }
  }

  @Override
  public void close() {
    isClosed = true;
    context.runOnContext(
        later -> {
          if (connection != null) {
            connection.close();
          }
        });
  }
}
