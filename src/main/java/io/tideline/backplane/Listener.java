package io.tideline.backplane;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgNotification;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * One connection that listens, for ever: when it breaks, it is made again, after a pause that grows
 * to {@value #PAUSE_MILLIS_MAX} ms.
 */
final class Listener implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Listener.class);
  static final long PAUSE_MILLIS_MIN = 100;
  static final long PAUSE_MILLIS_MAX = 2000;

  private final Vertx vertx;
  private final Context context;
  private final PgConnectOptions address;
  private final String topic;
  private final Fragments fragments = new Fragments();
  private Consumer<String> reader;
  private PgConnection connection;
  private long pauseMillis = PAUSE_MILLIS_MIN;
  private boolean isQuiet;
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
              made.notificationHandler(this::heard);
              made.closeHandler(closed -> context.runOnContext(later -> lost(null)));
              return made.query("listen \"" + topic + "\"").execute();
            })
        .onSuccess(listening -> connected())
        .onFailure(failure -> context.runOnContext(later -> failed(failure)));
  }

  private void connected() {
    pauseMillis = PAUSE_MILLIS_MIN;
    isQuiet = false;
    LOG.debugf("Listening on %s", topic);
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
          "The backplane does not listen on %s%s. Other nodes' messages come with the sweep until it does again.",
          topic, failure == null ? "" : ": " + failure.getMessage());
    }
    vertx.setTimer(
        pauseMillis + ThreadLocalRandom.current().nextLong(pauseMillis),
        timer -> context.runOnContext(later -> connect()));
    pauseMillis = Math.min(PAUSE_MILLIS_MAX, 2 * pauseMillis);
  }

  private void heard(PgNotification notification) {
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
