package io.tideline.door;

import static io.tideline.testing.RawSocket.BINARY;
import static io.tideline.testing.RawSocket.CLOSE;
import static io.tideline.testing.RawSocket.CONTINUATION;
import static io.tideline.testing.RawSocket.FIN;
import static io.tideline.testing.RawSocket.PING;
import static io.tideline.testing.RawSocket.PONG;
import static io.tideline.testing.RawSocket.TEXT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@link LimitsTest} leaves out: sizes, waits and the node's own; likewise. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(TightLimitsTest.Tight.class)
class TightLimitsTest {
  private static final int MESSAGE_BYTES = 100;
  private static final int BATCH_BYTES = 400;
  private static final int JSON_DEPTH = 4;
  private static final int CONNECTIONS = 3;
  private static final Duration POLL_WAIT = Duration.ofSeconds(1);
  private static final int QUEUE_MESSAGES = 3;
  private static final int QUEUE_BYTES = 120;
  private static final int SOCKET_MESSAGE_BYTES = 200;
  private static final int FRAGMENTS = 4;
  private static final int CONTROL_FRAMES = 5;

  private static final String CHANNEL = "tight:1";
  private static final String MESSAGES = TestClient.messages(CHANNEL);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
  private static final String ECHO = "/test/echo";

  @TestHTTPResource("/")
  URI base;

  private TestClient client;

  @BeforeEach
  void connect() {
    client = TestClient.of(base.getPort(), TestTokens.all());
  }

  @Test
  void bytesOfAMessage() {
    assertEquals(201, client.post(MESSAGES, text(MESSAGE_BYTES), JSON).statusCode());
    assertRefused(413, "message-too-large", client.post(MESSAGES, text(MESSAGE_BYTES + 1), JSON));
    assertEquals(
        List.of(201, "message-too-large"), batch(text(MESSAGE_BYTES), text(MESSAGE_BYTES + 1)));
    try (TestSocket socket = openSocket()) {
      assertTrue(publish(socket, text(MESSAGE_BYTES)).containsKey("ok"));
      JsonObject error = publish(socket, text(MESSAGE_BYTES + 1)).getJsonObject("error");
      assertEquals("message-too-large", error.getString("code"));
    }
  }

  @Test
  void bytesOfABatch() {
    String most = "[]" + " ".repeat(BATCH_BYTES - 2);
    assertEquals(200, client.post("messages", most, JSON).statusCode());
    assertRefused(413, "batch-too-large", client.post("messages", most + " ", JSON));
  }

  @Test
  void depthOfJson() {
    String deepest = nested(JSON_DEPTH);
    String deeper = nested(JSON_DEPTH + 1);
    assertEquals(201, client.post(MESSAGES, deepest, JSON).statusCode());
    assertRefused(422, "invalid-json", client.post(MESSAGES, deeper, JSON));
    assertEquals(List.of(201), batch(deepest));
    assertRefused(422, "invalid-json", client.post("messages", array(deeper), JSON));
    try (TestSocket socket = openSocket()) {
      assertTrue(publish(socket, deepest).containsKey("ok"));
      assertEquals(
          "invalid-json", publish(socket, deeper).getJsonObject("error").getString("code"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1s", "60s"})
  void theWaitOfAPoll(String wait) {
    long begin = System.nanoTime();
    JsonObject page = client.page("tight:silent", "wait=" + wait);
    Duration lasted = Duration.ofNanos(System.nanoTime() - begin);
    assertTrue(page.getJsonArray("messages").isEmpty());
    assertTrue(lasted.compareTo(POLL_WAIT) >= 0 && lasted.toSeconds() < 30, lasted.toString());
  }

  @Test
  void liveConnectionsOfTheNode() {
    List<TestSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        sockets.add(openSocket());
      }
      HttpResponse<String> poll = client.get(MESSAGES + "?wait=50ms", Map.of());
      assertRefused(503, "overloaded", poll);
      assertTrue(poll.headers().firstValue("Retry-After").isPresent());
      CompletionException refused = assertThrows(CompletionException.class, client::socket);
      assertEquals(
          503, ((WebSocketHandshakeException) refused.getCause()).getResponse().statusCode());
      try (TestEventStream stream = client.stream("stream?channel=" + CHANNEL, Map.of())) {
        assertEquals(200, stream.status(), "an EventSource never comes back after anything else");
        assertTrue(stream.next().retry() != null && stream.isEnd());
      }
      assertEquals(200, client.get(MESSAGES, Map.of()).statusCode(), "what isn't live goes on");
    } finally {
      sockets.forEach(TestSocket::close);
    }
  }

  @Test
  void messagesThatWaitToBeStored() {
    assertEquals(Collections.nCopies(QUEUE_MESSAGES, 201), batch(ones(QUEUE_MESSAGES)));
    String[] tooMany = ones(QUEUE_MESSAGES + 1);
    assertEquals(Collections.nCopies(QUEUE_MESSAGES + 1, "overloaded"), batch(tooMany));
    assertRefused(503, "overloaded", client.post("messages?atomic=true", array(tooMany), JSON));
  }

  @Test
  void bytesThatWaitToBeStored() {
    String half = text(QUEUE_BYTES / 2);
    assertEquals(List.of(201, 201), batch(half, half));
    assertEquals(List.of("overloaded", "overloaded"), batch(half, text(QUEUE_BYTES / 2 + 1)));
  }

  @Test
  void bytesOfASocketsMessage() throws IOException {
    try (RawSocket socket = RawSocket.open(base.getPort(), ECHO)) {
      socket.frame(FIN | BINARY, new byte[SOCKET_MESSAGE_BYTES]);
      assertEquals(SOCKET_MESSAGE_BYTES, socket.next().length());
      socket.frame(BINARY, new byte[SOCKET_MESSAGE_BYTES]);
      socket.frame(FIN | CONTINUATION, new byte[1]);
      assertClosed(1009, socket);
    }
  }

  @Test
  void fragmentsOfASocketsMessage() throws IOException {
    try (RawSocket socket = RawSocket.open(base.getPort(), ECHO)) {
      fragments(socket, FRAGMENTS);
      assertEquals("x".repeat(FRAGMENTS), socket.next().text());
      fragments(socket, FRAGMENTS + 1);
      assertClosed(1008, socket);
    }
  }

  @Test
  void pingsOfASocket() throws IOException {
    try (RawSocket socket = RawSocket.open(base.getPort(), ECHO)) {
      for (int i = 0; i < CONTROL_FRAMES; i++) {
        socket.frame(FIN | PING, "");
      }
      for (int i = 0; i < CONTROL_FRAMES; i++) {
        assertEquals(PONG, socket.next().opcode());
      }
      // Together, and so many that no change of the second amid them lets them pass.
      for (int i = 0; i < 2 * CONTROL_FRAMES + 1; i++) {
        socket.frame(FIN | PONG, "");
      }
      assertClosed(1008, socket);
    }
  }

  private static void fragments(RawSocket socket, int count) throws IOException {
    for (int i = 1; i <= count; i++) {
      int end = i == count ? FIN : 0;
      socket.frame(end | (i == 1 ? TEXT : CONTINUATION), "x");
    }
  }

  private static void assertClosed(int code, RawSocket socket) throws IOException {
    RawSocket.Frame frame = socket.next();
    assertEquals(CLOSE, frame.opcode(), frame::toString);
    assertEquals(code, frame.code(), frame::toString);
  }

  /** Waits for a place: those of other tests may be held a little longer than they last. */
  private TestSocket openSocket() {
    return Awaitility.await()
        .ignoreExceptionsInstanceOf(CompletionException.class)
        .until(client::socket, socket -> true);
  }

  /** The reply to a publish. */
  private static JsonObject publish(TestSocket socket, String json) {
    socket.send("{\"id\":1,\"publish\":{\"channel\":\"%s\",\"data\":%s}}".formatted(CHANNEL, json));
    return socket.next();
  }

  /** A status, or the code of an error, an item. */
  private List<Object> batch(String... data) {
    HttpResponse<String> answer = client.post("messages", array(data), JSON);
    assertEquals(200, answer.statusCode(), answer.body());
    List<Object> results = new ArrayList<>();
    for (Object result : RestCase.json(answer).getJsonArray("results")) {
      JsonObject item = (JsonObject) result;
      JsonObject error = item.getJsonObject("error");
      results.add(error == null ? item.getInteger("status") : error.getString("code"));
    }
    return results;
  }

  private static String array(String... data) {
    return List.of(data).stream()
        .map(each -> "{\"channel\":\"%s\",\"data\":%s}".formatted(CHANNEL, each))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String[] ones(int count) {
    return Collections.nCopies(count, "1").toArray(String[]::new);
  }

  /** So many bytes of JSON. */
  private static String text(int bytes) {
    return '"' + "x".repeat(bytes - 2) + '"';
  }

  private static String nested(int levels) {
    return "[".repeat(levels) + "]".repeat(levels);
  }

  private static void assertRefused(int status, String code, HttpResponse<String> answer) {
    assertEquals(status, answer.statusCode(), answer.body());
    assertEquals(code, RestCase.json(answer).getString("code"));
  }

  /** Little of everything. */
  public static final class Tight implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tideline.limits.message", "" + MESSAGE_BYTES,
          "tideline.limits.batch", "" + BATCH_BYTES,
          "tideline.limits.json-depth", "" + JSON_DEPTH,
          "tideline.limits.connections", "" + CONNECTIONS,
          "tideline.limits.poll-wait", POLL_WAIT.toSeconds() + "s",
          "tideline.live.queue-messages", "" + QUEUE_MESSAGES,
          "tideline.live.queue", "" + QUEUE_BYTES,
          "tideline.transport.web-socket.message-max", "" + SOCKET_MESSAGE_BYTES,
          "tideline.transport.web-socket.fragments-max", "" + FRAGMENTS,
          "tideline.transport.web-socket.control-frames-per-second-max", "" + CONTROL_FRAMES);
    }
  }
}
