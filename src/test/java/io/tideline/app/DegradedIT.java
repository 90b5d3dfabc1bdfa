package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.tideline.testing.Wire;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: each row of the table in {@code docs/operations.md} that has no test elsewhere: what works
 * and what is refused while a part is away, slow or wrong.
 */
@Slow
class DegradedIT {
  private static final Path DIRECTORY = Path.of("target/degraded");
  private static final Duration BACK_WITHIN = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final String DURABLE = "degraded:1";
  private static final String EPHEMERAL = "passing:1";
  private static final Map<String, List<String>> SUBSCRIBE = Map.of("subscribe", List.of("*"));
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  /** The least that PostgreSQL takes: 512 KB, so that it can be filled. */
  private static final String SMALL_QUEUE_PAGES = "64";

  private static final String USUAL_QUEUE_PAGES = "1048576";

  private static Wire wire;

  /** Finds the database, and with it the backplane, at the other end of the wire. */
  private static PackagedServer node;

  /** Has both to itself. */
  private static PackagedServer other;

  @BeforeAll
  static void startNodes() throws IOException {
    wire = wire();
    node = PackagedServer.start(DIRECTORY, over(wire));
    other = PackagedServer.start(DIRECTORY, settings());
  }

  @AfterAll
  static void stopNodes() throws IOException {
    other.close();
    node.close();
    wire.close();
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.namespaces.passing.durability", "ephemeral");
    return settings;
  }

  /** The same, but the database is found at the other end of the wire. */
  private static Map<String, String> over(Wire way) {
    Map<String, String> settings = settings();
    for (String key :
        new String[] {"quarkus.datasource.reactive.url", "quarkus.datasource.jdbc.url"}) {
      settings.computeIfPresent(
          key, (k, url) -> url.replaceFirst("//[^/]+/", "//" + way.url().getAuthority() + "/"));
    }
    return settings;
  }

  private static Wire wire() throws IOException {
    String url = settings().get("quarkus.datasource.reactive.url");
    return new Wire(URI.create(url.substring(url.indexOf("postgresql:"))));
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }

  private static String fresh(String channel) {
    return channel + "." + System.nanoTime();
  }

  // --- the database

  @AfterEach
  void mend() {
    wire.mend();
    wire.delay(0);
  }

  @Test
  void withoutTheDatabaseConnectionsStayAndWhatIsNotStoredGoesOn() {
    String durable = fresh(DURABLE);
    String ephemeral = fresh(EPHEMERAL);
    TestClient client = client(node);
    client.publish(durable, "1");
    try (Reader socket = Reader.Transport.WEBSOCKET.open(client, durable, "earliest");
        Reader stream = Reader.Transport.SSE.open(client, durable, "earliest");
        TestEventStream passing =
            client.stream(TestClient.messages(ephemeral) + "?envelope=true", Map.of())) {
      assertEquals(new Received.Message(1, "1"), socket.next());
      assertEquals(new Received.Message(1, "1"), stream.next());
      passing.nextField();
      wire.cut();

      assertRefusesWhatIsStored(client, durable);
      assertPasses(client, ephemeral, passing);
      assertEquals(1, client.page(durable, "after=earliest").getJsonArray("messages").size());
      try (Reader known = Reader.Transport.WEBSOCKET.open(client, durable, "earliest")) {
        assertEquals(new Received.Message(1, "1"), known.next());
      }
      assertEquals("unavailable", refusal(client, fresh(DURABLE)));

      wire.mend();
      awaitStored(client, durable, "2");
      assertEquals(new Received.Message(2, "2"), socket.next());
      assertEquals(new Received.Message(2, "2"), stream.next());
    }
  }

  @Test
  void withoutTheDatabaseTokensGoByTheirTimeAndTheRevocationsKnown() {
    String channel = fresh(DURABLE);
    String messages = TestClient.messages(channel);
    TestClient admin = client(node);
    String here = "here." + channel;
    String elsewhere = "elsewhere." + channel;
    TestClient revoked = admin.with(TestTokens.allAs(here));
    TestClient revokedElsewhere = admin.with(TestTokens.allAs(elsewhere));
    admin.publish(channel, "1");
    assertEquals(200, revoked.get(messages, Map.of()).statusCode());
    assertEquals(204, revoke(admin, here).statusCode());
    assertEquals(204, revoke(client(other), elsewhere).statusCode());
    Awaitility.await()
        .atMost(BACK_WITHIN)
        .until(() -> revokedElsewhere.get(messages, Map.of()).statusCode() == 401);
    TestClient brief = admin.with(expiringIn(Duration.ofSeconds(5)));
    try (TestSocket socket = brief.socket();
        Reader stays = Reader.Transport.WEBSOCKET.open(admin, channel, "earliest")) {
      assertEquals(200, brief.get(messages, Map.of()).statusCode());
      assertEquals(new Received.Message(1, "1"), stays.next());
      wire.cut();
      assertEquals("token-revoked", code(revoked.get(messages, Map.of())));
      assertEquals("token-revoked", code(revokedElsewhere.get(messages, Map.of())));
      assertEquals(503, revoke(admin, "nobody").statusCode());
      assertEquals(4200, socket.closeCode());
      assertEquals("token-expired", code(brief.get(messages, Map.of())));
      assertEquals(200, admin.get(messages, Map.of()).statusCode());
      wire.mend();
      awaitStored(admin, channel, "2");
      assertEquals(new Received.Message(2, "2"), stays.next());
    }
  }

  @Test
  void withoutTheDatabaseANodeIsNotReadyAfterAWhileAndLiveAllTheTime() throws Exception {
    assertTrue(node.isReady());
    wire.cut();
    long began = System.nanoTime();
    Awaitility.await().atMost(PATIENCE).until(() -> !node.isReady());
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(took.toSeconds() >= 5, "an outage of a moment is no reason: " + took);
    assertTrue(node.isLive());
    wire.mend();
    Awaitility.await().atMost(BACK_WITHIN).until(node::isReady);
  }

  @Test
  void aNodeThatStartsWithoutTheDatabaseIsLiveAndBecomesReadyByItself() throws Exception {
    try (Wire way = wire()) {
      way.cut();
      try (PackagedServer starting = PackagedServer.startLive(DIRECTORY, over(way))) {
        TestClient client = client(starting);
        String ephemeral = fresh(EPHEMERAL);
        try (TestEventStream passing =
            client.stream(TestClient.messages(ephemeral) + "?envelope=true", Map.of())) {
          passing.nextField();
          assertFalse(starting.isReady());
          assertRefusesWhatIsStored(client, fresh(DURABLE));
          assertPasses(client, ephemeral, passing);
          assertEquals("unavailable", refusal(client, fresh(DURABLE)));
          assertTrue(starting.isLive());
          assertFalse(starting.isReady());
        }
        way.mend();
        Awaitility.await().atMost(PATIENCE).until(starting::isReady);
        client.publish(fresh(DURABLE), "1");
      }
    }
  }

  @Test
  void aSlowDatabaseMakesPublishesSlowAndNothingElse() {
    String channel = fresh(DURABLE);
    long delayMillis = 250;
    TestClient client = client(node);
    client.publish(channel, "0");
    try (Reader reader = Reader.Transport.WEBSOCKET.open(client, channel, "now")) {
      wire.delay(delayMillis);
      for (int i = 1; i <= 5; i++) {
        long began = System.nanoTime();
        client.publish(channel, Integer.toString(i));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.toMillis() >= 2 * delayMillis, "that slow: " + took);
        assertEquals(new Received.Message(i + 1, Integer.toString(i)), reader.next());
      }
      String ephemeral = fresh(EPHEMERAL);
      long began = System.nanoTime();
      assertEquals(202, publish(client, ephemeral, "1").statusCode());
      assertTrue(System.nanoTime() - began < 2 * delayMillis * 1_000_000, "it isn't asked");
      assertTrue(node.isReady());
    }
  }

  // --- the backplane

  /** With PostgreSQL as the backplane both go together: the other node is heard by nothing. */
  @Test
  void withoutDatabaseAndBackplaneANodeFindsAllWhenTheyAreBack() throws Exception {
    String channel = fresh(DURABLE);
    client(other).publish(channel, "1");
    try (Reader reader = Reader.Transport.WEBSOCKET.open(client(node), channel, "earliest")) {
      assertEquals(new Received.Message(1, "1"), reader.next());
      wire.cut();
      publishUpTo(50, channel, other);
      Thread.sleep(1_500);
      wire.mend();
      assertReadsUpTo(50, reader);
    }
  }

  @Test
  @Needs(Program.REDIS)
  void withoutDatabaseAndBrokerANodeFindsAllWhenTheyAreBack() throws Exception {
    String channel = fresh(DURABLE);
    String ephemeral = fresh(EPHEMERAL);
    try (Wire way = wire();
        TestBroker redis = TestBroker.redis()) {
      redis.start();
      Map<String, String> broker =
          Map.of(
              "tideline.backplane.connector",
              "redis",
              "tideline.backplane.redis.url",
              "redis://127.0.0.1:" + redis.port());
      try (PackagedServer cut = PackagedServer.start(DIRECTORY, with(broker, over(way)));
          PackagedServer whole = PackagedServer.start(DIRECTORY, with(broker, settings()))) {
        TestClient client = client(cut);
        client(whole).publish(channel, "1");
        try (Reader reader = Reader.Transport.WEBSOCKET.open(client, channel, "earliest");
            TestEventStream passing =
                client.stream(TestClient.messages(ephemeral) + "?envelope=true", Map.of())) {
          assertEquals(new Received.Message(1, "1"), reader.next());
          passing.nextField();
          redis.kill();
          way.cut();
          assertRefusesWhatIsStored(client, channel);
          assertPasses(client, ephemeral, passing);
          publishUpTo(50, channel, whole);
          way.mend();
          assertReadsUpTo(50, reader);
          awaitStored(client, channel, "51");
          assertEquals(new Received.Message(51, "51"), reader.next());
        }
        redis.start();
        awaitHeard(whole, cut);
      }
    }
  }

  /** Some session of the same server listens, and has forgotten to end its transaction. */
  @Test
  void aFullNotificationQueueIsFeltByPublishingFromSqlAlone() throws Exception {
    String channel = fresh(DURABLE);
    restartWithQueue(SMALL_QUEUE_PAGES);
    try (Reader reader = Reader.Transport.WEBSOCKET.open(client(node), channel, "earliest");
        Connection idle = connect();
        Statement forgotten = idle.createStatement()) {
      client(other).publish(channel, "1");
      assertEquals(new Received.Message(1, "1"), reader.next());
      forgotten.execute("listen whatever");
      idle.setAutoCommit(false);
      forgotten.execute("select 1");
      fillTheQueue();
      publishUpTo(10, channel, other);
      assertReadsUpTo(10, reader);
      String warning = "PostgreSQL's notification queue is filled to";
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> node.logged().contains(warning) && other.logged().contains(warning));
      SQLException refused = assertThrows(SQLException.class, () -> publishFromSql(channel, 11));
      assertTrue(refused.getMessage().contains("NOTIFY queue"), refused.getMessage());
      assertTrue(node.isReady() && other.isReady());

      idle.rollback();
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptionsInstanceOf(SQLException.class)
          .until(() -> publishFromSql(channel, 11));
      assertEquals(new Received.Message(11, "11"), reader.next());
      awaitHeard(other, node);
    } finally {
      restartWithQueue(USUAL_QUEUE_PAGES);
    }
  }

  private static void fillTheQueue() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      SQLException full = null;
      for (int i = 0; full == null; i++) {
        assertTrue(i < 1_000, "the queue never gets full");
        try {
          statement.execute("select pg_notify('whatever', repeat('x', 7900))");
        } catch (SQLException refused) {
          full = refused;
        }
      }
      assertTrue(full.getMessage().contains("NOTIFY queue"), full.getMessage());
    }
  }

  private static void restartWithQueue(String pages) throws IOException {
    PostgresResource.control().set("max_notify_queue_pages", pages);
    PostgresResource.control().crash();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                publish(client(node), fresh(DURABLE), "1").statusCode() == 201
                    && publish(client(other), fresh(DURABLE), "1").statusCode() == 201);
  }

  // --- the node

  /**
   * As after a long pause. This node hears nothing of the others, and asks for what has changed
   * once an hour: nothing else can tell it.
   */
  @Test
  void aNodeWhoseLeaseHasEndedComparesAllHeads() throws Exception {
    String channel = fresh(DURABLE);
    String name = "deaf." + System.nanoTime();
    Map<String, String> deaf =
        Map.of(
            "tideline.node-id",
            name,
            "tideline.history.sweep",
            "1h",
            "mp.messaging.incoming.publications-in.topic",
            "where_nobody_speaks");
    try (PackagedServer away = PackagedServer.start(DIRECTORY, with(deaf, settings()))) {
      client(other).publish(channel, "1");
      try (Reader reader = Reader.Transport.WEBSOCKET.open(client(away), channel, "earliest")) {
        assertEquals(new Received.Message(1, "1"), reader.next());
        client(other).publish(channel, "2");
        execute(
            "update tideline.node_lease set until = now() - interval '1 ms' where node = '%s'"
                .formatted(name));
        assertEquals(new Received.Message(2, "2"), reader.next());
      }
    }
  }

  /** The order and the times of publications are the database's; only tokens go by this clock. */
  @Test
  @Needs(Program.FAKETIME)
  void aClockThatStepsDisturbsNobody() throws Exception {
    String channel = fresh(DURABLE);
    Files.createDirectories(DIRECTORY);
    Path clock = DIRECTORY.resolve("clock").toAbsolutePath();
    Files.writeString(clock, "+0");
    Map<String, String> faked =
        Map.of(
            "LD_PRELOAD",
            Program.FAKETIME.path().toString(),
            "FAKETIME_TIMESTAMP_FILE",
            clock.toString(),
            "FAKETIME_NO_CACHE",
            "1",
            "FAKETIME_DONT_FAKE_MONOTONIC",
            "1");
    try (PackagedServer stepping = PackagedServer.start(DIRECTORY, settings(), faked)) {
      TestClient client = client(stepping);
      String last = client.publish(channel, "0").getString("time");
      TestClient shortLived = client.with(expiringIn(Duration.ofMinutes(10)));
      TestClient over = client.with(issuedAnHourAgo(Duration.ofMinutes(-10)));
      try (Reader socket = Reader.Transport.WEBSOCKET.open(client, channel, "now");
          Reader stream = Reader.Transport.SSE.open(client, channel, "now");
          TestSocket ending = shortLived.socket();
          TestEventStream endingStream =
              shortLived.stream(TestClient.messages(channel), Map.of())) {
        endingStream.nextField();
        endingStream.nextField();
        int offset = 1;
        for (String step : new String[] {"+30m", "-30m", "+0"}) {
          Files.writeString(clock, step);
          Thread.sleep(1_500);
          String time = client.publish(channel, Integer.toString(offset)).getString("time");
          assertTrue(time.compareTo(last) >= 0, time + " after " + last);
          last = time;
          Received expected = new Received.Message(offset + 1, Integer.toString(offset));
          assertEquals(expected, socket.next(), step);
          assertEquals(expected, stream.next(), step);
          if (offset == 1) {
            assertEquals(4200, ending.closeCode(), "it ends with its token");
            assertNull(endingStream.nextField().data(), "only when to come back");
            assertTrue(endingStream.isEnd());
          }
          int status = shortLived.get(TestClient.messages(channel), Map.of()).statusCode();
          assertEquals(step.equals("+0") ? 200 : 401, status, "tokens go by this clock: " + step);
          status = over.get(TestClient.messages(channel), Map.of()).statusCode();
          assertEquals(step.equals("-30m") ? 200 : 401, status, "of the past, too: " + step);
          offset++;
        }
      }
    }
  }

  // --- what is asserted more than once

  /** And reading what this node doesn't know, so that whoever asked comes again. */
  private static void assertRefusesWhatIsStored(TestClient client, String durable) {
    HttpResponse<String> refused = publish(client, durable, "2");
    assertEquals(503, refused.statusCode(), refused.body());
    assertTrue(refused.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
    assertEquals(503, client.get(TestClient.messages(fresh(DURABLE)), Map.of()).statusCode());
    try (TestEventStream unknown = client.stream(TestClient.messages(fresh(DURABLE)), Map.of())) {
      assertEquals(200, unknown.status(), "after 503 an EventSource never comes back");
      assertTrue(Long.parseLong(unknown.nextField().retry()) > 0);
      assertTrue(unknown.isEnd());
    }
  }

  private static void assertPasses(TestClient client, String ephemeral, TestEventStream reader) {
    assertEquals(202, publish(client, ephemeral, "7").statusCode());
    assertEquals("7", new JsonObject(reader.nextEvent().data()).getValue("data").toString());
  }

  private static void publishUpTo(int last, String channel, PackagedServer on) {
    for (int i = 2; i <= last; i++) {
      client(on).publish(channel, Integer.toString(i));
    }
  }

  private static void assertReadsUpTo(int last, Reader reader) {
    for (int i = 2; i <= last; i++) {
      assertEquals(new Received.Message(i, Integer.toString(i)), reader.next());
    }
  }

  private static void awaitStored(TestClient client, String channel, String json) {
    Awaitility.await()
        .atMost(BACK_WITHIN)
        .until(() -> publish(client, channel, json).statusCode() == 201);
  }

  /** Until what one node says is heard by the other. */
  private static void awaitHeard(PackagedServer saying, PackagedServer listening)
      throws IOException {
    double before = listening.meter("tideline_backplane_received_total");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () -> {
              client(saying).publish(fresh(DURABLE), "0");
              return listening.meter("tideline_backplane_received_total") > before;
            });
  }

  // --- what clients and applications do

  /** The code with which a WebSocket's subscribe is refused. */
  private static String refusal(TestClient client, String channel) {
    try (TestSocket socket = client.socket()) {
      socket.send(
          new JsonObject().put("id", 1).put("subscribe", new JsonObject().put("channel", channel)));
      return socket.next().getJsonObject("error").getString("code");
    }
  }

  private static HttpResponse<String> revoke(TestClient admin, String subject) {
    return admin.post("revocations", new JsonObject().put("subject", subject).encode(), JSON);
  }

  private static String code(HttpResponse<String> problem) {
    return new JsonObject(problem.body()).getString("code");
  }

  private static String expiringIn(Duration time) {
    return TestTokens.expiringAt("someone", SUBSCRIBE, Instant.now().plus(time));
  }

  private static String issuedAnHourAgo(Duration left) {
    Instant now = Instant.now();
    return TestTokens.between("someone", SUBSCRIBE, now.minus(Duration.ofHours(1)), now.plus(left));
  }

  private static HttpResponse<String> publish(TestClient client, String channel, String json) {
    return client.post(TestClient.messages(channel), json, JSON);
  }

  private static boolean publishFromSql(String channel, int number) throws SQLException {
    execute("select tideline.publish('%s', '%d')".formatted(channel, number));
    return true;
  }

  private static void execute(String sql) throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static Connection connect() throws SQLException {
    Map<String, String> settings = settings();
    return DriverManager.getConnection(
        settings.get("quarkus.datasource.jdbc.url"),
        settings.get("quarkus.datasource.username"),
        settings.get("quarkus.datasource.password"));
  }

  private static Map<String, String> with(Map<String, String> more, Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(more);
    return all;
  }
}
