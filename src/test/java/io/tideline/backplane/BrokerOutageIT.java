package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Program;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.Slow;
import io.tideline.testing.TestBroker;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestKafka;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongArray;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Goal: a broker is a hint, too. Two nodes on one database start without their broker, get it, lose
 * it by {@code kill -9} in the middle and get it back: subscribers of the other node miss nothing,
 * get nothing twice, and wait 5 s at most.
 */
@Slow
class BrokerOutageIT {
  private static final Path DIRECTORY = Path.of("target/broker-outage");
  private static final Duration LATE_MAX = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MESSAGES = 60;
  private static final long PAUSE_MILLIS = 50;
  private static final String RECEIVED = "tideline_backplane_received_total";

  @Test
  @Needs(Program.REDIS)
  void redis() throws Exception {
    TestBroker broker = TestBroker.redis();
    run("redis", Map.of("tideline.backplane.redis.url", url("redis", broker)), broker);
  }

  @Test
  @Needs(Program.NATS)
  void nats() throws Exception {
    TestBroker broker = TestBroker.nats();
    run("nats", Map.of("tideline.backplane.nats.url", url("nats", broker)), broker);
  }

  @Test
  @Needs(Program.RABBITMQ)
  void rabbitmq() throws Exception {
    TestBroker broker = TestBroker.rabbitmq();
    run("rabbitmq", Map.of("tideline.backplane.rabbitmq.url", url("amqp", broker)), broker);
  }

  private static void run(String kind, Map<String, String> address, TestBroker broker)
      throws Exception {
    try (broker) {
      run(kind, address, broker::start, broker::kill);
    }
  }

  @Test
  void kafka() throws Exception {
    TestKafka broker = new TestKafka();
    run("kafka", Map.of("kafka.bootstrap.servers", broker.servers()), broker::start, broker::stop);
    broker.close();
  }

  private static void run(
      String kind, Map<String, String> address, Runnable startBroker, Runnable stopBroker)
      throws Exception {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.backplane.connector", kind);
    settings.putAll(address);
    String channel = kind + ":1";
    try (PackagedServer a = PackagedServer.start(DIRECTORY, settings);
        PackagedServer b = PackagedServer.start(DIRECTORY, settings)) {
      TestClient publisher = client(a);
      AtomicLongArray answeredNanos = new AtomicLongArray(MESSAGES + 1);
      List<CompletableFuture<List<Long>>> readers = new ArrayList<>();
      for (Reader.Transport transport :
          List.of(Reader.Transport.WEBSOCKET, Reader.Transport.SSE, Reader.Transport.LONG_POLL)) {
        Reader reader = transport.open(client(b), channel, "now");
        readers.add(CompletableFuture.supplyAsync(() -> read(reader)));
      }
      for (int i = 1; i <= MESSAGES; i++) {
        if (i == MESSAGES / 3) {
          startBroker.run();
          awaitHeard(publisher, b, kind);
        } else if (i == 2 * MESSAGES / 3) {
          stopBroker.run();
        }
        publisher.publish(channel, Integer.toString(i));
        answeredNanos.set(i, System.nanoTime());
        Thread.sleep(PAUSE_MILLIS);
      }
      for (CompletableFuture<List<Long>> reader : readers) {
        List<Long> arrivals = reader.get();
        for (int i = 1; i <= MESSAGES; i++) {
          Duration late = Duration.ofNanos(arrivals.get(i - 1) - answeredNanos.get(i));
          assertTrue(late.compareTo(LATE_MAX) <= 0, i + " came " + late + " late");
        }
      }
      startBroker.run();
      awaitHeard(publisher, b, kind);
    }
  }

  /** Until what one node says is heard by the other. */
  private static void awaitHeard(TestClient publisher, PackagedServer listening, String kind)
      throws IOException {
    double before = listening.meter(RECEIVED);
    Awaitility.await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .until(
            () -> {
              publisher.publish(kind + ":probe", "0");
              return listening.meter(RECEIVED) > before;
            });
  }

  /** When each message came; they must come in order, each once. */
  private static List<Long> read(Reader reader) {
    List<Long> arrivals = new ArrayList<>();
    try (reader) {
      for (int i = 1; i <= MESSAGES; i++) {
        assertEquals(new Received.Message(i, Integer.toString(i)), reader.next());
        arrivals.add(System.nanoTime());
      }
    }
    return arrivals;
  }

  private static String url(String scheme, TestBroker broker) {
    return scheme + "://127.0.0.1:" + broker.port();
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }
}
