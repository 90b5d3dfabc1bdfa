package io.tideline.door;

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
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whoever may read {@code orders:*} reads a channel of that name, however its address is written,
 * and no other. What is sent is sent as it stands, as clients' libraries would tidy it up.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class LookAlikeNamesTest {
  private static final String SECRET = "\"secret\"";

  @TestHTTPResource("/")
  URI base;

  private final String token =
      TestTokens.withGrants(
          "look-alike", Map.of("subscribe", List.of("orders:*"), "publish", List.of("orders:*")));

  @BeforeEach
  void fill() {
    TestClient all = TestClient.of(base.getPort(), TestTokens.all());
    List.of("payroll:1", "orders", "Orders:1", "ordersx:1")
        .forEach(channel -> all.publish(channel, SECRET));
    all.publish("orders:1", "\"mine\"");
  }

  @ParameterizedTest
  @CsvSource({
    // the same name, written otherwise
    "/v1/channels/orders:1/messages, 200",
    "/v1/channels/orders%3A1/messages, 200",
    "/v1/channels/%6frders%3a1/messages, 200",
    "/%76%31/channels/orders:1/messages, 200",
    // names that look like it
    "/v1/channels/orders/messages, 403",
    "/v1/channels/Orders:1/messages, 403",
    "/v1/channels/ORDERS:1/messages, 403",
    "/v1/channels/ordersx:1/messages, 403",
    "/v1/channels/orders.:1/messages, 403",
    "/v1/channels/orders%253A1/messages, 400",
    "/v1/channels/orders%25253A1/messages, 400",
    "/v1/channels/orders:*/messages, 400",
    "/v1/channels/orders:%2A/messages, 400",
    "/v1/channels/*/messages, 400",
    "/v1/channels/orders%EF%BC%9A1/messages, 400",
    "/v1/channels/%D0%BErders:1/messages, 400",
    "/v1/channels/order%C5%BF:1/messages, 400",
    "/v1/channels/o%CC%88rders:1/messages, 400",
    "/v1/channels/orders:%E2%80%AE1/messages, 400",
    "/v1/channels/orders:1%00/messages, 400",
    "/v1/channels/payroll:1%00orders:1/messages, 400",
    "/v1/channels/orders:1%20/messages, 400",
    "/v1/channels/+orders:1/messages, 400",
    "/v1/channels/orders:%C0%AE/messages, 400",
    "/v1/channels/orders:%zz/messages, 400",
    "/v1/channels/orders:%u0031/messages, 400",
    "/v1/channels/orders:1\\..\\payroll:1/messages, 400",
    // ways around the name
    "/v1/channels/orders:1/../payroll:1/messages, 403",
    "/v1/channels/orders:1/%2e%2e/payroll:1/messages, 403",
    "/v1/channels/orders:1%2f..%2fpayroll:1/messages, 400",
    "/v1/channels/orders:1%2f%2e%2e%2fpayroll:1/messages, 400",
    "/v1/channels/orders:1/messages/../../payroll:1/messages, 403",
    "/x/../v1/channels/payroll:1/messages, 403",
    "//v1/channels/payroll:1/messages, 403",
    "/v1//channels//payroll:1//messages, 403",
    "/v1/./channels/payroll:1/messages, 403",
    "/v1/channels/%70ayroll%3a1/messages, 403",
    "http://orders:1/v1/channels/payroll:1/messages, 403",
    "/V1/channels/payroll:1/messages, 404",
    "/v1/Channels/payroll:1/messages, 404",
    "/v1%2fchannels/payroll:1/messages, 404",
    "/v1/channels/payroll:1/messages/, 404",
    "/v1/channels/payroll:1/messages;x, 404",
    "/v1/channels/payroll:1;x=y/messages, 404",
    "/v1/channels/orders:1;payroll:1/messages, 404",
    "/v1/channels;orders:1/payroll:1/messages, 404",
    "/v1;x/channels/payroll:1/messages, 404",
    "/v1;x/channels/orders:1/messages, 404",
    "/v1;/channels/orders:1, 404",
    "/v1/channels/orders:1%3Bx/messages, 400",
  })
  void aPathReadsWhatItNamesAndNoMore(String target, int status) throws IOException {
    String answer = ask("GET", target, "");
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    assertFalse(answer.contains("secret"), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/channels/orders:1/../payroll:1/messages",
        "/v1/channels/payroll:1/messages;orders:1",
        "/v1/channels/payroll:1;x/messages",
        "/v1/channels/orders:1%2f..%2fpayroll:1/messages",
        "/v1;x/channels/payroll:1/messages",
        "/v1;x/channels/orders:1/messages",
        "/v1/messages;x",
        "/v1;x/messages"
      })
  void norDoesAPublishGoElsewhere(String target) throws IOException {
    String answer =
        ask("POST", target, "Content-Type: application/json\r\nContent-Length: 1\r\n", "1");
    assertTrue(answer.matches("(?s)HTTP/1.1 (400|403|404) .*"), answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-HTTP-Method-Override: DELETE\r\n",
        "X-Original-URL: /v1/channels/payroll:1/messages\r\n",
        "X-Rewrite-URL: /v1/channels/payroll:1/messages\r\n",
        "X-Forwarded-Prefix: /v1/channels/payroll:1\r\n"
      })
  void headersNameNoOtherChannelOrMethod(String header) throws IOException {
    String answer = ask("GET", "/v1/channels/orders:1/messages", header);
    assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
    assertTrue(answer.contains("mine") && !answer.contains("secret"), answer);
  }

  @ParameterizedTest
  @CsvSource({
    "channel=orders:1&channel=payroll:1, 200",
    "channel=orders%3A1, 200",
    "channel=orders:1%2Cpayroll:1, 400",
    "channel=payroll:1, 403",
    "channel=orders, 403",
    "channel=orders:*, 400",
    "channel=orders%253A1, 400",
    "channel=orders:1%00payroll:1, 400",
    "channel[]=orders:1, 400",
    "CHANNEL=payroll:1, 400",
    "channel=, 400",
  })
  void aQueryStreamsWhatItNamesAndNoMore(String query, int status) throws IOException {
    String answer =
        ask("GET", "/v1/stream?after=earliest&" + query, "Accept: text/event-stream\r\n");
    assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), answer);
    assertFalse(answer.contains("secret"), answer);
  }

  @ParameterizedTest
  @CsvSource({
    "orders:1, ok",
    "orders\\u003a1, ok",
    "orders, forbidden",
    "Orders:1, forbidden",
    "payroll:1, forbidden",
    "orders:*, invalid-channel",
    "orders%3A1, invalid-channel",
    "orders\\uff1a1, invalid-channel",
    "\\u043erders:1, invalid-channel",
    "orders:1\\u0000, invalid-channel",
    "orders:1/../payroll:1, invalid-channel",
    "' orders:1', invalid-channel",
  })
  void aFrameMeansWhatItNamesAndNoMore(String channel, String code) {
    TestClient client = TestClient.of(base.getPort(), token);
    for (String command :
        List.of(
            "{\"id\":1,\"subscribe\":{\"channel\":\"%s\"}}",
            "{\"id\":1,\"publish\":{\"channel\":\"%s\",\"data\":1}}")) {
      try (TestSocket socket = client.socket()) {
        socket.send(command.formatted(channel));
        assertEquals(code, code(socket), command);
      }
    }
  }

  @Test
  void aNameThatStandsTwiceIsNoName() {
    try (TestSocket socket = TestClient.of(base.getPort(), token).socket()) {
      socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"orders:1\",\"channel\":\"payroll:1\"}}");
      assertEquals("invalid-command", code(socket));
    }
  }

  private static String code(TestSocket socket) {
    var reply = socket.next();
    return reply.containsKey("ok") ? "ok" : reply.getJsonObject("error").getString("code");
  }

  private String ask(String method, String target, String headers) throws IOException {
    return ask(method, target, headers, "");
  }

  /** The whole answer; of a stream its beginning. */
  private String ask(String method, String target, String headers, String body) throws IOException {
    try (RawSocket socket = new RawSocket(base.getPort())) {
      socket.send(
          "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer %s\r\n%s\r\n%s"
              .formatted(method, target, token, headers, body));
      String head = socket.head();
      boolean isStream = head.contains("text/event-stream");
      return head + new String(isStream ? socket.bytes(100) : socket.rest(), UTF_8);
    }
  }
}
