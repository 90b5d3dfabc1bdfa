package io.tideline.backplane;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

/**
 * One connection that notifies. While one statement is under way, what comes waits and goes with
 * the next; without a connection it is dropped, because by the time there is one the sweep has
 * found it.
 *
 * <p>The session doesn't wait for the disk: a transaction that only notifies gets a transaction id
 * and would cost an fsync.
 */
final class Notifier implements Flow.Subscriber<Message<?>>, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Notifier.class);

  /** PostgreSQL takes payloads below 8,000 bytes; what is sent here is ASCII. */
  private static final int PAYLOAD_CHARS_MAX = 7950;

  private static final int STATEMENT_MAX = 64;
  private static final long RECONNECT_MILLIS_MIN = 500;

  private final Vertx vertx;
  private final Context context;
  private final PgConnectOptions address;
  private final String topic;
  private List<Message<?>> waiting = new ArrayList<>();
  private List<Message<?>> sending = List.of();
  private Flow.Subscription subscription;
  private PgConnection connection;
  private boolean isBusy;
  private boolean isQuiet;
  private long connectNotBeforeMillis;
  private volatile boolean isClosed;

  Notifier(Vertx vertx, PgConnectOptions address, String topic) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.address = new PgConnectOptions(address).addProperty("synchronous_commit", "off");
    this.topic = topic;
  }

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    subscription = newSubscription;
    newSubscription.request(STATEMENT_MAX);
  }

  @Override
  public void onNext(Message<?> message) {
    context.runOnContext(
        later -> {
          if (Fragments.fits((String) message.getPayload(), PAYLOAD_CHARS_MAX)) {
            waiting.add(message);
            send();
          } else {
            message.nack(new IllegalArgumentException("too long for PostgreSQL's NOTIFY"));
            subscription.request(1);
          }
        });
  }

  @Override
  public void onError(Throwable failure) {
    close();
  }

  @Override
  public void onComplete() {
    close();
  }

  private void send() {
    if (isBusy || waiting.isEmpty() || isClosed) {
      return;
    }
    isBusy = true;
    sending = waiting;
    waiting = new ArrayList<>();
    if (connection != null) {
      notifyAll(connection);
    } else if (System.currentTimeMillis() < connectNotBeforeMillis) {
      done(new IllegalStateException("there is no connection to PostgreSQL"));
    } else {
      connect();
    }
  }

  private void connect() {
    PgConnection.connect(vertx, address)
        .onSuccess(
            made -> {
              connection = made;
              made.closeHandler(closed -> connection = null);
              ConnectionProbe.keep(
                  vertx, made, usage -> {}, () -> context.runOnContext(later -> dead()));
              notifyAll(made);
            })
        .onFailure(
            failure -> {
              connectNotBeforeMillis = System.currentTimeMillis() + RECONNECT_MILLIS_MIN;
              done(failure);
            });
  }

  /** What is under way on it has no answer to wait for. */
  private void dead() {
    connection = null;
    if (isBusy) {
      done(new TimeoutException("PostgreSQL doesn't answer"));
    }
  }

  private void notifyAll(PgConnection to) {
    List<Message<?>> batch = sending;
    List<String> payloads = new ArrayList<>();
    for (Message<?> message : sending) {
      payloads.addAll(Fragments.split((String) message.getPayload(), PAYLOAD_CHARS_MAX));
    }
    to.preparedQuery("select pg_notify($1, p) from unnest($2::text[]) p")
        .execute(Tuple.tuple().addString(topic).addArrayOfString(payloads.toArray(new String[0])))
        .onComplete(
            ended -> {
              if (ended.succeeded() || connection != to) {
                done(batch, ended.cause());
              } else {
                to.query(ConnectionProbe.TRIM_QUEUE)
                    .execute()
                    .onComplete(trimmed -> done(batch, ended.cause()));
              }
            });
  }

  /** Unless that batch was given up before. */
  private void done(List<Message<?>> batch, Throwable failure) {
    if (sending == batch) {
      done(failure);
    }
  }

  /**
   * Sent or dropped: for a hint both are done.
   *
   * @param failure null if it was sent
   */
  private void done(Throwable failure) {
    List<Message<?>> gone = sending;
    sending = List.of();
    isBusy = false;
    if (failure == null) {
      isQuiet = false;
      gone.forEach(Message::ack);
    } else {
      warn(failure);
      gone.forEach(message -> message.nack(failure));
    }
    subscription.request(gone.size());
    send();
  }

  /** Said once, not for every message. */
  private void warn(Throwable failure) {
    if (!isQuiet && !isClosed) {
      isQuiet = true;
      LOG.warnf(
          "The backplane can't notify on %s: %s. Other nodes find this node's messages by their sweep until it can.",
          topic, failure.getMessage());
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
