package io.tideline.backplane;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One Redis and its Pub/Sub.
 *
 * @see <a href="https://redis.io/docs/latest/develop/pubsub/">Pub/Sub</a>
 */
final class RedisBroker implements Broker {
  /** Redis would take 512 MB in one go; others would have to wait meanwhile. */
  private static final int CHARS_MAX = 256 << 10;

  /** Above this Redis isn't read from; it cuts off who doesn't read for too long. */
  private static final int UNREAD_MAX = 1024;

  private final Vertx vertx;
  private final String url;
  private final String topic;

  RedisBroker(Vertx vertx, String url, String topic) {
    this.vertx = vertx;
    this.url = url;
    this.topic = topic;
  }

  @Override
  public String name() {
    return "Redis (" + Addresses.withoutCredentials(url) + ")";
  }

  @Override
  public Producer connectProducer() throws Exception {
    return new Publishing(new Link());
  }

  @Override
  public Consumer connectConsumer() throws Exception {
    return new Subscription(new Link());
  }

  private static <T> T await(Future<T> answer) throws Exception {
    return answer
        .toCompletionStage()
        .toCompletableFuture()
        .get(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
  }

  /** A client of one connection. */
  private final class Link implements AutoCloseable {
    final RedisConnection connection;
    private final Redis client;

    Link() throws Exception {
      int connectMillis = Math.toIntExact(ANSWER_MAX.toMillis());
      client =
          Redis.createClient(
              vertx,
              new RedisOptions()
                  .setConnectionString(url)
                  .setMaxPoolSize(1)
                  .setNetClientOptions(
                      new NetClientOptions()
                          .setConnectTimeout(connectMillis)
                          .setHostnameVerificationAlgorithm("HTTPS")));
      try {
        connection = await(client.connect());
      } catch (Exception failure) {
        client.close();
        throw failure;
      }
    }

    @Override
    public void close() {
      client.close();
    }
  }

  private final class Publishing implements Producer {
    private final Link link;

    Publishing(Link link) {
      this.link = link;
    }

    @Override
    public int charsMax() {
      return CHARS_MAX;
    }

    @Override
    public void send(List<String> messages) throws Exception {
      List<Request> commands =
          messages.isEmpty()
              ? List.of(Request.cmd(Command.PING))
              : messages.stream()
                  .map(message -> Request.cmd(Command.PUBLISH).arg(topic).arg(message))
                  .toList();
      await(link.connection.batch(commands));
    }

    @Override
    public void close() {
      link.close();
    }
  }

  private final class Subscription implements Consumer {
    private final Link link;
    private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
    private volatile boolean isPaused;
    private volatile boolean isLost;

    Subscription(Link link) throws Exception {
      this.link = link;
      RedisConnection connection = link.connection;
      connection.handler(this::received);
      connection.exceptionHandler(failure -> isLost = true);
      connection.endHandler(ended -> isLost = true);
      try {
        await(connection.send(Request.cmd(Command.SUBSCRIBE).arg(topic)));
      } catch (Exception failure) {
        link.close();
        throw failure;
      }
    }

    /** Kind, topic and text; other kinds confirm subscriptions. */
    private void received(Response push) {
      boolean isMessage = push.size() == 3 && "message".equals(push.get(0).toString());
      if (isMessage) {
        unread.add(push.get(2).toString());
        if (unread.size() >= UNREAD_MAX && !isPaused) {
          isPaused = true;
          link.connection.pause();
        }
      }
    }

    @Override
    public void receive(java.util.function.Consumer<String> reader) throws Exception {
      String message = unread.poll(1, TimeUnit.SECONDS);
      resume();
      if (message != null) {
        reader.accept(message);
      } else if (isLost) {
        throw new IOException("the connection is closed");
      } else {
        await(link.connection.send(Request.cmd(Command.PING)));
      }
    }

    private void resume() {
      if (isPaused && unread.isEmpty()) {
        isPaused = false;
        link.connection.resume();
      }
    }

    @Override
    public void close() {
      link.close();
    }
  }
}
