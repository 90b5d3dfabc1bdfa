package io.tideline.door.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What those who run the service can ask: who is connected, and which nodes there are. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class OperatorResourcesTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final String ALL = TestTokens.all();

  @TestHTTPResource("/")
  URI base;

  private TestClient client;
  private final String channel = "operator:" + UUID.randomUUID();
  private final String subject = "user-" + UUID.randomUUID();

  @BeforeEach
  void connect() {
    client = TestClient.of(base.getPort(), ALL);
  }

  static Stream<RestCase> edges() {
    String connections = "GET /v1/connections";
    String huge = "9".repeat(40);
    return Stream.of(
        RestCase.of("all of it", connections)
            .token(ALL)
            .answers(200)
            .has("Cache-Control", "no-store"),
        RestCase.of("its head", "HEAD /v1/connections").token(ALL).answers(200),
        RestCase.of("by lag", connections + "?order=lag").token(ALL).answers(200),
        bad("by another order", connections + "?order=age"),
        bad("a limit of none", connections + "?limit=0"),
        bad("too high a limit", connections + "?limit=257"),
        bad("a huge limit", connections + "?limit=" + huge),
        bad("a negative limit", connections + "?limit=-1"),
        bad("no number as a limit", connections + "?limit=%00"),
        RestCase.of("the highest limit", connections + "?limit=256").token(ALL).answers(200),
        RestCase.of("after the last", connections + "?after=0.fffffffffffffff")
            .token(ALL)
            .answers(200)
            .member("next", null),
        bad("after nothing", connections + "?after=x"),
        bad("after a huge lag", connections + "?after=" + huge + ".1"),
        bad("after a huge number", connections + "?after=1." + huge),
        bad("after a NUL", connections + "?after=1.1%00"),
        RestCase.of("without a token", connections).refuses(401, "unauthenticated"),
        RestCase.of("with other rights", connections)
            .token(TestTokens.withGrants("a", Map.of("subscribe", List.of("*"))))
            .refuses(403, "forbidden"),
        RestCase.of("another method", "POST /v1/connections")
            .token(ALL)
            .refuses(405, "method-not-allowed")
            .has("Allow", "GET, HEAD, OPTIONS"),
        RestCase.of("the nodes", "GET /v1/nodes").token(ALL).answers(200),
        RestCase.of("the nodes without a token", "GET /v1/nodes").refuses(401, "unauthenticated"),
        RestCase.of("the nodes with other rights", "GET /v1/nodes")
            .token(TestTokens.withGrants("a", Map.of("admin", List.of("a*"))))
            .refuses(403, "forbidden"));
  }

  private static RestCase bad(String name, String request) {
    return RestCase.of(name, request).token(ALL).refuses(400, "invalid-parameter");
  }

  @ParameterizedTest
  @MethodSource("edges")
  void isAnswered(RestCase row) throws Exception {
    row.run(HTTP, base);
  }

  @Test
  void eachConnectionIsListedAsWhatItIs() {
    TestClient user = client.with(TestTokens.subscribing(subject, channel));
    Instant before = Instant.now().minus(Duration.ofSeconds(1));
    try (TestSocket socket = user.socket();
        TestEventStream stream = user.stream("/v1/" + TestClient.messages(channel), Map.of())) {
      socket.send(
          new JsonObject().put("id", 1).put("subscribe", new JsonObject().put("channel", channel)));
      assertTrue(socket.next().containsKey("ok"));
      stream.nextField();
      List<JsonObject> mine = mine();
      assertEquals(
          List.of("sse", "websocket"),
          mine.stream().map(each -> each.getString("transport")).sorted().toList());
      for (JsonObject each : mine) {
        assertEquals("127.0.0.1", each.getString("address"));
        assertEquals(1, each.getInteger("subscriptions"));
        assertTrue(each.getInstant("since").isAfter(before));
        assertTrue(each.containsKey("lag"));
        assertFalse(each.getString("node").isEmpty());
      }
    }
    Awaitility.await().until(() -> mine().isEmpty());
  }

  /** Whoever waits is there, and gone with its answer. */
  @Test
  void aPollThatWaitsIsListed() throws Exception {
    TestClient user = client.with(TestTokens.subscribing(subject, channel));
    Thread poll =
        new Thread(() -> user.get(TestClient.messages(channel) + "?after=now&wait=30s", Map.of()));
    poll.start();
    Awaitility.await().until(() -> mine().size() == 1);
    assertEquals("long-poll", mine().get(0).getString("transport"));
    client.publish(channel, "1");
    poll.join();
    Awaitility.await().until(() -> mine().isEmpty());
  }

  private List<JsonObject> mine() {
    List<JsonObject> mine = new ArrayList<>();
    String after = "";
    while (after != null) {
      JsonObject page =
          RestCase.json(client.get("connections?limit=2&order=lag&after=" + after, Map.of()));
      page.getJsonArray("connections").stream()
          .map(JsonObject.class::cast)
          .filter(each -> subject.equals(each.getString("subject")))
          .forEach(mine::add);
      after = page.getString("next");
    }
    return mine;
  }

  @Test
  void aNodeTellsOfItself() {
    Awaitility.await().until(() -> nodes().stream().anyMatch(this::isComplete));
    JsonObject node = nodes().stream().filter(this::isComplete).findFirst().orElseThrow();
    assertFalse(node.getBoolean("draining"));
    assertFalse(node.getString("version").isEmpty());
    assertEquals("postgres", node.getJsonObject("backplane").getString("connector"));
    assertNotNull(node.getJsonObject("backplane").getString("state"));
    assertTrue(node.getInstant("since").isBefore(Instant.now()));
    assertTrue(node.getInstant("seen").isAfter(Instant.now().minusSeconds(60)));
  }

  /** Its address is known once it listens. */
  private boolean isComplete(JsonObject node) {
    String address = node.getString("address");
    return address != null && address.endsWith(":" + base.getPort());
  }

  private List<JsonObject> nodes() {
    return RestCase.json(client.get("nodes", Map.of())).getJsonArray("nodes").stream()
        .map(JsonObject.class::cast)
        .toList();
  }
}
