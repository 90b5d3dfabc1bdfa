package io.tideline.door;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each limit at itself, and one past it. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(LimitsTest.Narrow.class)
class LimitsTest {
  private static final int CONNECTIONS_PER_SUBJECT = 2;
  private static final int COMMANDS = 5;
  private static final int PUBLISHES = 4;
  private static final int SUBSCRIPTIONS = 16;
  private static final int STREAM_CHANNELS = 2;
  private static final Duration STRANGER = Duration.ofSeconds(1);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  @TestHTTPResource("/")
  URI base;

  private final String subject = "limits-" + UUID.randomUUID();
  private TestClient client;

  @BeforeEach
  void connect() {
    client = TestClient.of(base.getPort(), TestTokens.allAs(subject));
  }

  @Test
  void connectionsOfASubjectOnAllTransports() throws InterruptedException {
    try (TestSocket socket = client.socket();
        TestEventStream stream = client.stream("stream?channel=limits:1", Map.of())) {
      assertEquals(200, stream.status());
      HttpResponse<String> poll =
          client.get(TestClient.messages("limits:1") + "?wait=50ms", Map.of());
      assertTooMany(poll);
      assertEquals(
          429,
          assertThrows(CompletionException.class, client::socket).getCause()
                  instanceof WebSocketHandshakeException refused
              ? refused.getResponse().statusCode()
              : 0);
      try (TestEventStream another = client.stream("stream?channel=limits:1", Map.of())) {
        assertEquals(200, another.status(), "an EventSource never comes back after anything else");
        assertTrue(another.next().retry() != null && another.isEnd());
      }
      assertEquals(
          200,
          client
              .with(TestTokens.allAs(subject + "-other"))
              .get(TestClient.messages("limits:1") + "?wait=20ms", Map.of())
              .statusCode());
      assertTrue(socket.isSilent(0));
    }
  }

  @Test
  void connectionsOfASubjectThatSaysLaterWhoItIs() {
    List<TestSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i <= CONNECTIONS_PER_SUBJECT; i++) {
        TestSocket socket = client.with(null).socket();
        sockets.add(socket);
        socket.send("{\"id\":1,\"auth\":{\"token\":\"" + client.token() + "\"}}");
        JsonObject reply = socket.next();
        if (i < CONNECTIONS_PER_SUBJECT) {
          assertTrue(reply.containsKey("ok"), reply.encode());
        } else {
          assertEquals("too-many-requests", reply.getJsonObject("error").getString("code"));
        }
      }
    } finally {
      sockets.forEach(TestSocket::close);
    }
  }

  @Test
  void timeWithoutAToken() {
    long begin = System.nanoTime();
    try (TestSocket stranger = client.with(null).socket()) {
      assertEquals(4000, stranger.closeCode());
      Duration lasted = Duration.ofNanos(System.nanoTime() - begin);
      assertTrue(lasted.compareTo(STRANGER) >= 0 && lasted.toSeconds() < 6, "" + lasted);
    }
  }

  @Test
  void commandsASecond() {
    try (TestSocket socket = client.socket()) {
      int refused = 0;
      for (int i = 1; i <= 3 * COMMANDS; i++) {
        socket.send("{\"id\":" + i + ",\"ping\":{}}");
      }
      for (int i = 1; i <= 3 * COMMANDS; i++) {
        JsonObject reply = socket.next();
        boolean isRefused = reply.containsKey("error");
        assertFalse(isRefused && i <= 2 * COMMANDS, "within the burst: " + i);
        if (isRefused) {
          assertEquals("too-many-requests", reply.getJsonObject("error").getString("code"));
          refused++;
        }
      }
      assertTrue(refused > 0, "none was refused");
      for (int i = 0; i < 4 * COMMANDS; i++) {
        socket.send("{\"id\":99,\"ping\":{}}");
      }
      assertEquals(4102, socket.closeCode(), "who doesn't listen is closed");
    }
  }

  @Test
  void publishesASecondHoweverTheyCome() {
    String messages = TestClient.messages("limits:2");
    for (int i = 0; i < PUBLISHES; i++) {
      assertEquals(201, client.post(messages, "1", JSON).statusCode());
    }
    String five = "[" + "{\"channel\":\"limits:2\",\"data\":1},".repeat(2 * PUBLISHES) + "0]";
    String results = client.post("messages", five, JSON).body();
    assertTrue(results.contains("too-many-requests"), results);
    HttpResponse<String> answer = client.post(messages, "1", JSON);
    for (int i = 0; i < 20 && answer.statusCode() == 201; i++) {
      answer = client.post(messages, "1", JSON);
    }
    assertTooMany(answer);
    try (TestSocket socket = client.socket()) {
      // More than what a second brings, and fewer than commands are allowed.
      int publishes = 2 * PUBLISHES;
      for (int i = 1; i <= publishes; i++) {
        socket.send("{\"id\":" + i + ",\"publish\":{\"channel\":\"limits:2\",\"data\":1}}");
      }
      List<JsonObject> replies = Stream.generate(socket::next).limit(publishes).toList();
      List<JsonObject> refused =
          replies.stream().filter(reply -> !reply.containsKey("ok")).toList();
      assertFalse(refused.isEmpty(), replies.toString());
      assertEquals("too-many-requests", refused.get(0).getJsonObject("error").getString("code"));
    }
  }

  @Test
  void subscriptionsOfAConnection() throws InterruptedException {
    try (TestSocket socket = client.socket()) {
      socket.send(subscribeToAll(1));
      for (int i = 1; i <= SUBSCRIPTIONS; i++) {
        assertTrue(socket.next().containsKey("ok"));
      }
      socket.send("{\"id\":2,\"subscribe\":{\"channel\":\"limits:x\"}}");
      assertEquals("too-many-subscriptions", error(socket));
      socket.send("{\"id\":3,\"unsubscribe\":{\"channel\":\"limits:1\"}}");
      assertTrue(socket.next().containsKey("ok"));
      socket.send("{\"id\":4,\"subscribe\":{\"channel\":\"limits:x\"}}");
      assertTrue(socket.next().containsKey("ok"));
    }
  }

  /** Of weight 3, so that of 10 there are 3; each of them is one command. */
  @Test
  void commandsByTheChannelsThatTheyName() {
    int commands = 6;
    int[] replies = new int[commands + 1];
    Set<Integer> refused = new HashSet<>();
    try (TestSocket socket = client.socket()) {
      for (int i = 1; i <= commands; i++) {
        socket.send(subscribeToAll(i));
      }
      for (int whole = 0; whole < commands; ) {
        JsonObject reply = socket.next();
        int command = reply.getInteger("reply");
        JsonObject error = reply.getJsonObject("error", new JsonObject());
        boolean isRefused = "too-many-requests".equals(error.getString("code"));
        replies[command]++;
        if (isRefused) {
          refused.add(command);
        }
        if (isRefused || replies[command] == SUBSCRIPTIONS) {
          whole++;
        }
      }
    }
    assertFalse(refused.isEmpty(), "none was refused");
    assertTrue(refused.stream().allMatch(command -> command > 3), refused.toString());
  }

  private static String subscribeToAll(int id) {
    String channels =
        IntStream.rangeClosed(1, SUBSCRIPTIONS)
            .mapToObj(i -> "{\"channel\":\"limits:" + i + "\"}")
            .collect(Collectors.joining(","));
    return "{\"id\":" + id + ",\"subscribe\":[" + channels + "]}";
  }

  /** Of several hundred clients that are sent away together some come back sooner than others. */
  @Test
  void whenToComeBackDiffersEachTime() {
    Set<String> afterPolls = new HashSet<>();
    Set<String> afterStreams = new HashSet<>();
    try (TestSocket one = client.socket();
        TestSocket two = client.socket()) {
      for (int i = 0; i < 40; i++) {
        HttpResponse<String> poll =
            client.get(TestClient.messages("limits:1") + "?wait=50ms", Map.of());
        assertTooMany(poll);
        afterPolls.add(poll.headers().firstValue("Retry-After").orElseThrow());
      }
      for (int i = 0; i < 10; i++) {
        try (TestEventStream stream = client.stream("stream?channel=limits:1", Map.of())) {
          afterStreams.add(stream.next().retry());
        }
      }
      assertTrue(one.isSilent(0) && two.isSilent(0));
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
    assertTrue(afterPolls.size() > 1, afterPolls.toString());
    assertTrue(afterStreams.size() > 5, afterStreams.toString());
  }

  @Test
  void channelsOfAStream() {
    try (TestEventStream stream = client.stream("stream?channel=a&channel=b", Map.of())) {
      assertEquals(200, stream.status());
    }
    try (TestEventStream stream = client.stream("stream?channel=a&channel=b&channel=c", Map.of())) {
      assertEquals(400, stream.status());
    }
    HttpResponse<String> answer = client.get("stream?channel=a&channel=b&channel=c", Map.of());
    assertEquals("too-many-channels", RestCase.json(answer).getString("code"));
  }

  @Test
  void aCompressedBodyIsNotUnpacked() throws IOException, InterruptedException {
    HttpResponse<String> answer = postGzip("/v1/channels/limits:3/messages", 10 << 20);
    assertEquals(415, answer.statusCode(), answer.body());
    assertEquals(415, postGzip("/v1/messages", 10 << 20).statusCode());
    assertEquals(415, postGzip("/v1/revocations", 100).statusCode());
  }

  private HttpResponse<String> postGzip(String path, int bytes)
      throws IOException, InterruptedException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write("[".getBytes(US_ASCII));
      gzip.write(new byte[bytes]);
    }
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve(path))
            .header("Authorization", "Bearer " + client.token())
            .header("Content-Type", "application/json")
            .header("Content-Encoding", "gzip")
            .POST(HttpRequest.BodyPublishers.ofByteArray(packed.toByteArray()))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static String error(TestSocket socket) {
    return socket.next().getJsonObject("error").getString("code");
  }

  private static void assertTooMany(HttpResponse<String> answer) {
    assertEquals(429, answer.statusCode(), answer.body());
    assertEquals("too-many-requests", RestCase.json(answer).getString("code"));
    int seconds = Integer.parseInt(answer.headers().firstValue("Retry-After").orElseThrow());
    assertTrue(seconds >= 1 && seconds <= 3, "jittered: " + seconds);
  }

  /** Little of everything. */
  public static final class Narrow implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tideline.limits.connections-per-subject", "" + CONNECTIONS_PER_SUBJECT,
          "tideline.limits.commands", "" + COMMANDS,
          "tideline.limits.publishes-per-subject", "" + PUBLISHES,
          "tideline.limits.subscriptions", "" + SUBSCRIPTIONS,
          "tideline.limits.stream-channels", "" + STREAM_CHANNELS,
          "tideline.limits.unauthenticated", STRANGER.toSeconds() + "s");
    }
  }
}
