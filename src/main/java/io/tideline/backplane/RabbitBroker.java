package io.tideline.backplane;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BlockedCallback;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * A fan-out exchange of RabbitMQ, to which each node binds a queue that only it reads and that goes
 * with its connection.
 *
 * @see <a href="https://www.rabbitmq.com/docs/exchanges">exchanges</a>
 */
final class RabbitBroker implements Broker {
  private static final int CHARS_MAX = 512 << 10;
  private static final int UNREAD_MAX = 1024;
  private static final int HEARTBEAT_SECONDS = 5;
  private static final int GOODBYE_MILLIS_MAX = 200;

  /** What the broker keeps for a node that doesn't read, a paused one; beyond, the oldest go. */
  private static final Map<String, Object> QUEUE_LIMITS =
      Map.of("x-max-length", 65_536, "x-max-length-bytes", 64 << 20, "x-overflow", "drop-head");

  private static final AMQP.BasicProperties PROPERTIES =
      new AMQP.BasicProperties.Builder().contentType("application/json").deliveryMode(1).build();

  private final String url;
  private final String exchange;

  RabbitBroker(String url, String exchange) {
    this.url = url;
    this.exchange = exchange;
  }

  @Override
  public String name() {
    return "RabbitMQ (" + Addresses.withoutCredentials(url) + ")";
  }

  /** The client's own recovery would not tell what was lost meanwhile. */
  private Connection connect() throws Exception {
    int millisMax = Math.toIntExact(ANSWER_MAX.toMillis());
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(url);
    if (factory.isSSL()) {
      factory.useSslProtocol(SSLContext.getDefault());
      factory.enableHostnameVerification();
    }
    factory.setAutomaticRecoveryEnabled(false);
    factory.setTopologyRecoveryEnabled(false);
    factory.setConnectionTimeout(millisMax);
    factory.setHandshakeTimeout(millisMax);
    factory.setChannelRpcTimeout(millisMax);
    factory.setRequestedHeartbeat(HEARTBEAT_SECONDS);
    factory.setThreadFactory(
        work -> {
          Thread thread = new Thread(work, "tideline-backplane-rabbitmq");
          thread.setDaemon(true);
          return thread;
        });
    return factory.newConnection("tideline-backplane");
  }

  /** On which the exchange is there. */
  private Channel channel(Connection connection) throws Exception {
    try {
      Channel channel = connection.createChannel();
      channel.exchangeDeclare(exchange, BuiltinExchangeType.FANOUT, true);
      return channel;
    } catch (Exception failure) {
      connection.abort(GOODBYE_MILLIS_MAX);
      throw failure;
    }
  }

  @Override
  public Producer connectProducer() throws Exception {
    Connection connection = connect();
    return new Publishing(connection, channel(connection));
  }

  @Override
  public Consumer connectConsumer() throws Exception {
    Connection connection = connect();
    return new Subscription(connection, channel(connection));
  }

  private final class Publishing implements Producer, BlockedCallback {
    private final Connection connection;
    private final Channel channel;
    private volatile String blocked;

    Publishing(Connection connection, Channel channel) throws IOException {
      this.connection = connection;
      this.channel = channel;
      try {
        connection.addBlockedListener(this, () -> blocked = null);
        channel.confirmSelect();
      } catch (IOException | RuntimeException failure) {
        connection.abort(GOODBYE_MILLIS_MAX);
        throw failure;
      }
    }

    /** Short of memory or disk: what is sent now would wait, and we with it. */
    @Override
    public void handle(String reason) {
      blocked = reason;
    }

    @Override
    public int charsMax() {
      return CHARS_MAX;
    }

    @Override
    public void send(List<String> messages) throws Exception {
      String reason = blocked;
      if (reason != null) {
        throw new IOException("RabbitMQ accepts no messages: " + reason);
      }
      if (messages.isEmpty()) {
        channel.exchangeDeclarePassive(exchange);
        return;
      }
      for (String message : messages) {
        channel.basicPublish(exchange, "", PROPERTIES, message.getBytes(StandardCharsets.US_ASCII));
      }
      channel.waitForConfirmsOrDie(ANSWER_MAX.toMillis());
    }

    @Override
    public void close() {
      connection.abort(GOODBYE_MILLIS_MAX);
    }
  }

  private final class Subscription implements Consumer {
    private final Connection connection;
    private final Channel channel;
    private final String queue;
    private final BlockingQueue<String> unread = new ArrayBlockingQueue<>(UNREAD_MAX);

    Subscription(Connection connection, Channel channel) throws IOException {
      this.connection = connection;
      this.channel = channel;
      try {
        queue = channel.queueDeclare("", false, true, true, QUEUE_LIMITS).getQueue();
        channel.queueBind(queue, exchange, "");
        channel.basicConsume(queue, true, (tag, delivery) -> received(delivery), tag -> {});
      } catch (IOException | RuntimeException failure) {
        connection.abort(GOODBYE_MILLIS_MAX);
        throw failure;
      }
    }

    /** Waits while too much is unread: then the broker does. */
    private void received(Delivery delivery) {
      try {
        unread.put(new String(delivery.getBody(), StandardCharsets.UTF_8));
      } catch (InterruptedException closing) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void receive(java.util.function.Consumer<String> reader) throws Exception {
      String message = unread.poll(1, TimeUnit.SECONDS);
      if (message == null) {
        channel.queueDeclarePassive(queue);
      } else {
        reader.accept(message);
      }
    }

    @Override
    public void close() {
      connection.abort(GOODBYE_MILLIS_MAX);
    }
  }
}
