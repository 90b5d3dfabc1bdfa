package io.tideline.backplane;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.reactive.messaging.Message;

/**
 * One connection that notifies. While one statement is under way, what comes waits and goes with
 * the next; without a connection it is dropped, because by the time there is one the sweep has
 * found it.
 *
 * <p>The session doesn't wait for the disk: a transaction that only notifies gets a transaction id
 * and would cost an fsync.
 */
final class Notifier implements Flow.Subscriber<Message<?>>, AutoCloseable {
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
          waiting.add(message);
          send();
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
      done();
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
              notifyAll(made);
            })
        .onFailure(
            failure -> {
              connectNotBeforeMillis = System.currentTimeMillis() + RECONNECT_MILLIS_MIN;
              done();
            });
  }

  private void notifyAll(PgConnection to) {
    List<String> payloads = new ArrayList<>();
    for (Message<?> message : sending) {
      payloads.addAll(Fragments.split((String) message.getPayload(), PAYLOAD_CHARS_MAX));
    }
    to.preparedQuery("select pg_notify($1, p) from unnest($2::text[]) p")
        .execute(Tuple.tuple().addString(topic).addArrayOfString(payloads.toArray(new String[0])))
        .onComplete(ended -> done());
  }

  /** Sent or dropped: for a hint both are done. */
  private void done() {
    List<Message<?>> gone = sending;
    sending = List.of();
    isBusy = false;
    gone.forEach(Message::ack);
    subscription.request(gone.size());
    send();
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
