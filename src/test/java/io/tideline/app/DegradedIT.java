package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestTokens;
import io.tideline.testing.Wire;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Goal: each row of the table in {@code docs/operations.md} that has no test elsewhere: what works
 * and what is refused while a part is away, slow or wrong.
 */
class DegradedIT {
  private static final Path DIRECTORY = Path.of("target/degraded");
  private static final Duration BACK_WITHIN = Duration.ofSeconds(5);
  private static final String DURABLE = "degraded:1";
  private static final String EPHEMERAL = "passing:1";

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.namespaces.passing.durability", "ephemeral");
    return settings;
  }

  /** The same, but the database is found at the other end of the wire. */
  private static Map<String, String> over(Wire wire) {
    Map<String, String> settings = settings();
    for (String key :
        new String[] {"quarkus.datasource.reactive.url", "quarkus.datasource.jdbc.url"}) {
      settings.computeIfPresent(
          key, (k, url) -> url.replaceFirst("//[^/]+/", "//" + wire.url().getAuthority() + "/"));
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

  @Test
  void withoutTheDatabaseConnectionsStayAndWhatIsNotStoredGoesOn() throws Exception {
    String durable = fresh(DURABLE);
    String ephemeral = fresh(EPHEMERAL);
    try (Wire wire = wire();
        PackagedServer node = PackagedServer.start(DIRECTORY, over(wire))) {
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

        HttpResponse<String> refused = publish(client, durable, "2");
        assertEquals(503, refused.statusCode(), refused.body());
        assertTrue(refused.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
        assertEquals(202, publish(client, ephemeral, "7").statusCode());
        assertEquals("7", new JsonObject(passing.nextEvent().data()).getValue("data").toString());
        assertEquals(1, client.page(durable, "after=earliest").getJsonArray("messages").size());
        assertEquals(503, client.get(TestClient.messages(fresh(DURABLE)), Map.of()).statusCode());
        try (TestEventStream unknown =
            client.stream(TestClient.messages(fresh(DURABLE)), Map.of())) {
          assertEquals(200, unknown.status(), "after 503 an EventSource never comes back");
          assertTrue(Long.parseLong(unknown.nextField().retry()) > 0);
          assertTrue(unknown.isEnd());
        }

        wire.mend();
        Awaitility.await()
            .atMost(BACK_WITHIN)
            .until(() -> publish(client, durable, "2").statusCode() == 201);
        assertEquals(new Received.Message(2, "2"), socket.next());
        assertEquals(new Received.Message(2, "2"), stream.next());
      }
    }
  }

  /** With PostgreSQL as the backplane both go together: the other node is heard by nothing. */
  @Test
  void withoutDatabaseAndBackplaneANodeFindsAllWhenTheyAreBack() throws Exception {
    String channel = fresh(DURABLE);
    try (Wire wire = wire();
        PackagedServer cut = PackagedServer.start(DIRECTORY, over(wire));
        PackagedServer other = PackagedServer.start(DIRECTORY, settings())) {
      client(other).publish(channel, "1");
      try (Reader reader = Reader.Transport.WEBSOCKET.open(client(cut), channel, "earliest")) {
        assertEquals(new Received.Message(1, "1"), reader.next());
        wire.cut();
        for (int i = 2; i <= 50; i++) {
          client(other).publish(channel, Integer.toString(i));
        }
        Thread.sleep(1_500);
        wire.mend();
        for (int i = 2; i <= 50; i++) {
          assertEquals(new Received.Message(i, Integer.toString(i)), reader.next());
        }
      }
    }
  }

  @Test
  void aSlowDatabaseMakesPublishesSlowAndNothingElse() throws Exception {
    String channel = fresh(DURABLE);
    long delayMillis = 250;
    try (Wire wire = wire();
        PackagedServer node = PackagedServer.start(DIRECTORY, over(wire))) {
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
        URI ready = node.url().resolve("/q/health/ready");
        assertEquals(200, client.get(ready.toString(), Map.of()).statusCode());
      }
    }
  }

  /** The order and the times of publications are the database's; only tokens go by this clock. */
  @Test
  void aClockThatStepsDisturbsNobody() throws Exception {
    String channel = fresh(DURABLE);
    Files.createDirectories(DIRECTORY);
    Path clock = DIRECTORY.resolve("clock").toAbsolutePath();
    Files.writeString(clock, "+0");
    Map<String, String> faked =
        Map.of(
            "LD_PRELOAD",
            faketime().toString(),
            "FAKETIME_TIMESTAMP_FILE",
            clock.toString(),
            "FAKETIME_NO_CACHE",
            "1",
            "FAKETIME_DONT_FAKE_MONOTONIC",
            "1");
    try (PackagedServer node = PackagedServer.start(DIRECTORY, settings(), faked)) {
      TestClient client = client(node);
      String last = client.publish(channel, "0").getString("time");
      try (Reader socket = Reader.Transport.WEBSOCKET.open(client, channel, "now");
          Reader stream = Reader.Transport.SSE.open(client, channel, "now")) {
        TestClient shortLived = client.with(expiringIn(Duration.ofMinutes(10)));
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
          int status = shortLived.get(TestClient.messages(channel), Map.of()).statusCode();
          assertEquals(step.equals("+0") ? 200 : 401, status, "tokens go by this clock: " + step);
          offset++;
        }
      }
    }
  }

  /** Where Debian and Ubuntu have it; .ci/run installs it. */
  private static Path faketime() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
      return folders
          .map(folder -> folder.resolve("faketime/libfaketimeMT.so.1"))
          .filter(Files::exists)
          .findFirst()
          .orElseThrow();
    }
  }

  private static String expiringIn(Duration time) {
    return TestTokens.expiringAt(
        "someone", Map.of("subscribe", List.of("*")), Instant.now().plus(time));
  }

  private static HttpResponse<String> publish(TestClient client, String channel, String json) {
    return client.post(
        TestClient.messages(channel), json, Map.of("Content-Type", "application/json"));
  }
}
