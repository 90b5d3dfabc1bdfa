package io.tideline.backplane;

import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;

/**
 * Core NATS.
 *
 * @see <a href="https://docs.nats.io/reference/reference-protocols/nats-protocol">the protocol</a>
 */
final class NatsBroker implements Broker {
  /** What a server takes unless it is told otherwise; one that takes more needn't get it. */
  private static final int CHARS_MAX = 1 << 20;

  private static final Duration QUIET_MAX = Duration.ofSeconds(1);
  private static final Pattern OVER_TLS = Pattern.compile("(?i)(^|,)\\s*(tls|wss)://");
  private static final int UNREAD_MAX = 65_536;
  private static final long UNREAD_BYTES_MAX = 16L << 20;

  private final String urls;
  private final String subject;

  NatsBroker(String urls, String subject) {
    this.urls = urls;
    this.subject = subject;
  }

  @Override
  public String name() {
    return "NATS (" + Addresses.withoutCredentials(urls) + ")";
  }

  /** Its own reconnecting would keep what waits, and we wouldn't learn what was lost. */
  private Connection connect() throws Exception {
    Options.Builder options =
        new Options.Builder()
            .servers(urls.split(",", -1))
            .connectionName("tideline-backplane")
            .connectionTimeout(ANSWER_MAX)
            .noReconnect()
            .errorListener(new ErrorListener() {});
    if (OVER_TLS.matcher(urls).find()) {
      options.sslContext(HostVerifyingContext.of(SSLContext.getDefault()));
    }
    return Nats.connect(options.build());
  }

  private static void end(Connection connection) {
    try {
      connection.close();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Producer connectProducer() throws Exception {
    return new Publishing(connect());
  }

  @Override
  public Consumer connectConsumer() throws Exception {
    return new Subscribed(connect());
  }

  private final class Publishing implements Producer {
    private final Connection connection;

    Publishing(Connection connection) {
      this.connection = connection;
    }

    @Override
    public int charsMax() {
      return (int) Math.min(CHARS_MAX, connection.getMaxPayload());
    }

    @Override
    public void send(List<String> messages) throws Exception {
      for (String message : messages) {
        connection.publish(subject, message.getBytes(StandardCharsets.US_ASCII));
      }
      connection.flush(ANSWER_MAX);
    }

    @Override
    public void close() {
      end(connection);
    }
  }

  private final class Subscribed implements Consumer {
    private final Connection connection;
    private final Subscription subscription;

    Subscribed(Connection connection) throws Exception {
      this.connection = connection;
      try {
        subscription = connection.subscribe(subject);
        subscription.setPendingLimits(UNREAD_MAX, UNREAD_BYTES_MAX);
        connection.flush(ANSWER_MAX);
      } catch (Exception failure) {
        end(connection);
        throw failure;
      }
    }

    @Override
    public void receive(java.util.function.Consumer<String> reader) throws Exception {
      Message message = subscription.nextMessage(QUIET_MAX);
      if (message == null) {
        connection.flush(ANSWER_MAX);
      } else {
        reader.accept(new String(message.getData(), StandardCharsets.UTF_8));
      }
    }

    @Override
    public void close() {
      end(connection);
    }
  }
}
