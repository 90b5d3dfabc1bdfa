package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Program;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.TestBroker;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: two nodes whose statements go through PgBouncer, which pools transactions, with the
 * settings of {@code docs/operations.md}: all works as without it.
 */
@Needs(Program.PGBOUNCER)
class PoolerIT {
  private static final Path DIRECTORY = Path.of("target/pooler");
  private static final String REACTIVE_URL = "quarkus.datasource.reactive.url";
  private static final String RECEIVED = "tideline_backplane_received_total";
  private static final Duration BACK_WITHIN = Duration.ofSeconds(10);

  /** Far fewer than both nodes have to it, so that each connection of theirs meets them all. */
  private static final int SERVER_CONNECTIONS = 3;

  private static final Map<String, String> direct = new PostgresResource().start();
  private static final ExecutorService threads = Executors.newCachedThreadPool();
  private static TestBroker pooler;
  private static PackagedServer a;
  private static PackagedServer b;

  @BeforeAll
  static void start() throws IOException {
    String url = direct.get(REACTIVE_URL);
    url = url.substring(url.indexOf("postgresql:"));
    pooler =
        TestBroker.pgbouncer(
            URI.create(url),
            direct.get("quarkus.datasource.username"),
            direct.get("quarkus.datasource.password"),
            SERVER_CONNECTIONS);
    pooler.start();
    Map<String, String> settings = new HashMap<>(direct);
    settings.put(REACTIVE_URL, url.replaceFirst("//[^/]+/", "//127.0.0.1:" + pooler.port() + "/"));
    settings.put("quarkus.datasource.reactive.cache-prepared-statements", "false");
    settings.put("quarkus.datasource.reactive.postgresql.use-layer7-proxy", "true");
    settings.put("tideline.backplane.postgres.url", url);
    a = PackagedServer.start(DIRECTORY, settings);
    b = PackagedServer.start(DIRECTORY, settings);
  }

  @AfterAll
  static void stop() {
    threads.shutdownNow();
    b.close();
    a.close();
    pooler.close();
  }

  @Test
  void whatIsPublishedOnOneNodeIsReadOnTheOther() throws Exception {
    int channels = 16;
    int messages = 40;
    double heard = b.meter(RECEIVED);
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < channels; i++) {
      String channel = fresh();
      Reader.Transport transport =
          i % 2 == 0 ? Reader.Transport.WEBSOCKET : Reader.Transport.LONG_POLL;
      Reader reader = transport.open(client(b), channel, "now");
      all.add(CompletableFuture.runAsync(() -> publish(channel, 1, messages), threads));
      all.add(CompletableFuture.runAsync(() -> assertReads(reader, 1, messages), threads));
    }
    all.forEach(CompletableFuture::join);
    assertTrue(b.meter(RECEIVED) > heard, "the backplane goes past the pooler");
  }

  /** By its poll alone, once a second, the outbox would take half a second a message. */
  @Test
  void publishingFromSqlReachesBothNodesAtOnce() throws Exception {
    int messages = 10;
    String channel = fresh();
    try (Connection application = connect();
        Statement statement = application.createStatement();
        Reader here = Reader.Transport.WEBSOCKET.open(client(a), channel, "now");
        Reader there = Reader.Transport.SSE.open(client(b), channel, "now")) {
      long began = System.nanoTime();
      for (int i = 1; i <= messages; i++) {
        statement.execute("select tideline.publish('%s', '%d')".formatted(channel, i));
        assertReads(here, i, i);
        assertReads(there, i, i);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(took.compareTo(Duration.ofSeconds(3)) < 0, "it was woken: " + took);
    }
  }

  @Test
  void aReaderGoesOnWhereItWasWhenItsNodeIsBack() throws Exception {
    String channel = fresh();
    String position;
    publish(channel, 1, 5);
    try (Reader reader = Reader.Transport.WEBSOCKET.open(client(b), channel, "earliest")) {
      assertReads(reader, 1, 3);
      position = reader.position();
    }
    b.kill();
    publish(channel, 6, 10);
    b.start();
    try (Reader reader = Reader.Transport.WEBSOCKET.open(client(b), channel, position)) {
      assertReads(reader, 4, 10);
    }
  }

  @Test
  void aPoolerThatWasAwayLosesNothing() throws Exception {
    String channel = fresh();
    publish(channel, 1, 1);
    try (Reader reader = Reader.Transport.WEBSOCKET.open(client(b), channel, "earliest")) {
      assertReads(reader, 1, 1);
      pooler.kill();
      assertEquals(503, status(client(a), channel, 2));
      pooler.start();
      Awaitility.await().atMost(BACK_WITHIN).until(() -> status(client(a), channel, 2) == 201);
      assertReads(reader, 2, 2);
    }
  }

  private static void publish(String channel, int from, int to) {
    TestClient client = client(a);
    for (int i = from; i <= to; i++) {
      client.publish(channel, Integer.toString(i));
    }
  }

  private static int status(TestClient client, String channel, int number) {
    return client
        .post(
            TestClient.messages(channel),
            Integer.toString(number),
            Map.of("Content-Type", "application/json"))
        .statusCode();
  }

  private static void assertReads(Reader reader, int from, int to) {
    for (int i = from; i <= to; i++) {
      assertEquals(new Received.Message(i, Integer.toString(i)), reader.next());
    }
  }

  private static Connection connect() throws SQLException {
    return DriverManager.getConnection(
        direct.get("quarkus.datasource.jdbc.url"),
        direct.get("quarkus.datasource.username"),
        direct.get("quarkus.datasource.password"));
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }

  private static String fresh() {
    return "pooled:" + System.nanoTime();
  }
}
