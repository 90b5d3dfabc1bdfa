package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.websockets.next.OpenConnections;
import io.quarkus.websockets.next.WebSocketConnection;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.QueryTokenProfile;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Whatever way a token came, good or bad, no log has it: not the access log, nor that of faults.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(QueryTokenProfile.class)
class TokensInLogsTest {
  private static final Path LOG = QueryTokenProfile.LOG;
  private static final Path ACCESS_LOG = QueryTokenProfile.ACCESS_LOG;
  private static final String CHANNEL = "logged:1";

  @TestHTTPResource("/")
  URI base;

  @Inject OpenConnections connections;

  @Test
  void noLogHasIt() throws IOException {
    String good = TestTokens.all();
    String expired = TestTokens.expiringAt("late", Map.of(), Instant.now().minusSeconds(300));
    String forged = good.substring(0, good.length() - 8) + "AAAAAAAA";
    carryEveryWay(good, 200);
    carryEveryWay(expired, 401);
    carryEveryWay(forged, 401);
    awaitLine("/v1/nothing");
    for (String line : lines()) {
      for (String token : List.of(good, expired, forged)) {
        String[] parts = token.split("\\.");
        assertFalse(line.contains(parts[1]) || line.contains(parts[2]), line);
      }
    }
    assertTrue(
        Files.readString(ACCESS_LOG).contains("GET /v1/stream HTTP/1.1"), "the log was looked at");
  }

  /** It lives as long as the WebSocket does, and shows up in whatever is dumped of it. */
  @Test
  void noConnectionKeepsIt() {
    String token = TestTokens.all();
    TestClient client = TestClient.of(base.getPort(), token);
    try (TestSocket socket = client.socket();
        TestSocket another = client.socketAsBrowsersDo()) {
      for (TestSocket each : List.of(socket, another)) {
        each.send("{\"id\":1,\"ping\":{}}");
        assertEquals(1, each.next().getInteger("reply"));
      }
      List<WebSocketConnection> open = connections.stream().toList();
      assertTrue(open.size() >= 2);
      for (WebSocketConnection each : open) {
        String kept = each.handshakeRequest().headers().toString();
        assertFalse(kept.contains(token), kept);
      }
    }
  }

  private void carryEveryWay(String token, int status) {
    TestClient bearer = TestClient.of(base.getPort(), token);
    TestClient nobody = bearer.with(null);
    assertEquals(status, bearer.get(TestClient.messages(CHANNEL), Map.of()).statusCode());
    assertEquals(
        status,
        nobody.get(TestClient.messages(CHANNEL) + "?access_token=" + token, Map.of()).statusCode());
    nobody.get("channels/-/messages?access_token=" + token, Map.of());
    nobody.get("nothing?access_token=" + token, Map.of());
    nobody.get("ws?access_token=" + token, Map.of());
    try (TestEventStream stream =
        nobody.stream("stream?channel=" + CHANNEL + "&access_token=" + token, Map.of())) {
      assertEquals(status, stream.status());
    }
    Map<String, String> page =
        Map.of("Cookie", "tideline=" + token, "Sec-Fetch-Site", "same-origin");
    assertEquals(status, nobody.get(TestClient.messages(CHANNEL), page).statusCode());
    bearer.post("session", "", Map.of());
    nobody.post("messages", "{\"token\":\"" + token, Map.of("Content-Type", "application/json"));
    try (TestSocket socket = nobody.socket()) {
      socket.send("{\"id\":1,\"auth\":{\"token\":\"" + token + "\"}}");
      assertEquals(1, socket.next().getInteger("reply"));
    }
    if (status == 200) {
      bearer.socketAsBrowsersDo().close();
    } else {
      assertThrows(CompletionException.class, bearer::socketAsBrowsersDo);
    }
    nobody.get("nothing", Map.of());
  }

  private static void awaitLine(String part) {
    Awaitility.await().until(() -> Files.readString(ACCESS_LOG).contains(part));
  }

  private static List<String> lines() throws IOException {
    return Stream.concat(Files.readAllLines(LOG).stream(), Files.readAllLines(ACCESS_LOG).stream())
        .toList();
  }
}
