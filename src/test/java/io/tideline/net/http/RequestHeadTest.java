package io.tideline.net.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Heads of requests at their edges: how long they may be, and what ends an answer to an old one.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class RequestHeadTest {
  private static final int LINE_BYTES_MAX = 40 << 10;
  private static final int HEADER_BYTES_MAX = 20 << 10;

  @TestHTTPResource("/")
  URI base;

  /** The most channels, with the longest names, of which all characters are encoded that can be. */
  @ParameterizedTest
  @EnumSource(HttpClient.Version.class)
  void whatTheProtocolAllowsFits(HttpClient.Version version) {
    String names =
        IntStream.range(0, 64)
            .mapToObj(i -> "channel=a%02d".formatted(i) + "%3A".repeat(197))
            .collect(Collectors.joining("&"));
    TestClient client = TestClient.of(base.getPort(), TestTokens.all(), version);
    assertEquals(200, client.get("channels", Map.of()).statusCode());
    assertEquals(200, client.head("stream?" + names + "&after=earliest", Map.of()).statusCode());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aLineThatIsTooLongIsAProblem(int requestsBefore) throws IOException {
    assertProblem(
        requestsBefore,
        "GET /v1/stream?channel=" + "a".repeat(LINE_BYTES_MAX) + " HTTP/1.1\r\n\r\n",
        414,
        "uri-too-long");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void headersThatAreTooLargeAreAProblem(int requestsBefore) throws IOException {
    assertProblem(
        requestsBefore,
        "GET /v1/channels HTTP/1.1\r\nHost: a\r\nCookie: "
            + "a".repeat(HEADER_BYTES_MAX)
            + "\r\n\r\n",
        431,
        "headers-too-large");
  }

  @Test
  void aHeadThatIsNoneIsAProblem() throws IOException {
    assertProblem(1, "GET /v1/channels HTTP/1.1\r\nno colon\r\n\r\n", 400, "invalid-parameter");
  }

  private void assertProblem(int requestsBefore, String request, int status, String code)
      throws IOException {
    try (RawSocket client = new RawSocket(base.getPort())) {
      for (int i = 0; i < requestsBefore; i++) {
        client.send("GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.bytes(RawSocket.lengthOf(client.head()));
      }
      client.send(request);
      String head = client.head();
      assertTrue(head.startsWith("HTTP/1.1 " + status + " "), head);
      assertTrue(head.toLowerCase(Locale.ROOT).contains("connection: close\r\n"), head);
      JsonObject problem = new JsonObject(text(client.bytes(RawSocket.lengthOf(head))));
      assertEquals(code, problem.getString("code"));
      assertEquals(0, client.rest().length, "nothing comes after it");
    }
  }

  /** Without a length only the end of the connection ends an answer to HTTP/1.0. */
  @ParameterizedTest
  @ValueSource(strings = {"", "Connection: keep-alive\r\n", "Connection: Keep-Alive\r\n"})
  void aStreamToHttp10EndsWithItsConnection(String connection) throws IOException {
    String token =
        TestTokens.expiringAt(
            "short", Map.of("subscribe", List.of("*")), Instant.now().plusSeconds(3));
    try (RawSocket client = new RawSocket(base.getPort())) {
      client.send(old("GET /v1/channels/old:1/messages", token, connection, "text/event-stream"));
      String head = client.head();
      assertTrue(head.startsWith("HTTP/1.0 200 "), head);
      assertFalse(head.toLowerCase(Locale.ROOT).contains("keep-alive"), head);
      assertFalse(head.toLowerCase(Locale.ROOT).contains("transfer-encoding"), head);
      String stream = text(client.rest());
      assertTrue(stream.startsWith("retry: "), stream);
    }
  }

  @Test
  void aPageToHttp10HasALengthAndKeepsItsConnection() throws IOException {
    try (RawSocket client = new RawSocket(base.getPort())) {
      for (String path : List.of("/v1/channels/old:1/messages", "/v1/channels/old:1")) {
        client.send(
            old("GET " + path, TestTokens.all(), "Connection: keep-alive\r\n", "application/json"));
        String head = client.head();
        assertTrue(head.toLowerCase(Locale.ROOT).contains("connection: keep-alive\r\n"), head);
        client.bytes(RawSocket.lengthOf(head));
      }
    }
  }

  private static String old(String line, String token, String connection, String accepted) {
    return "%s HTTP/1.0\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%sAccept: %s\r\n\r\n"
        .formatted(line, token, connection, accepted);
  }

  /** As from a proxy that speaks HTTP/2 (RFC 9113, 8.2.3). */
  @Test
  void cookiesMayComeInSeveralLines() throws IOException {
    try (RawSocket client = new RawSocket(base.getPort())) {
      client.send(
          "GET /v1/channels/cookies:1 HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; c=d\r\nCookie: tideline="
              + TestTokens.all()
              + "\r\nSec-Fetch-Site: same-origin\r\n\r\n");
      assertTrue(client.head().startsWith("HTTP/1.1 200 "));
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
