package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests whose length somebody in front of us may read otherwise (RFC 9112, 11.2). Behind each
 * stand two more, which may be its body to others. So either it is refused, and they are never
 * answered, or there is only one way to read all of them.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class SmugglingTest {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ");
  private static final String BODY = "abcde";
  private static final String CHUNKS = "5\r\nabcde\r\n0\r\n\r\n";
  private static final String HIDDEN = "GET /v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
  private static final String LAST =
      "GET /v1/last HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  @TestHTTPResource("/")
  URI base;

  private final String channel = "smuggled:" + UUID.randomUUID();

  /** Lines of a head, each with what could be its body. */
  static List<String> headsThatMayMeanTwoThings() {
    return List.of(
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 6",
        "Content-Length: 5, 5",
        "Content-Length: 5,",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: -0",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5.0",
        "Content-Length: \u000b5",
        "Content-Length: \u00a05",
        "Content-Length:",
        "Content-Length: 99999999999999999999",
        "Content-Length: \r\n 5",
        "Content-Length : 5",
        "Content-Length\t: 5",
        "X-Other: a\nContent-Length: 5",
        "X-Other: a\rContent-Length: 5",
        "X-Other: a\n Content-Length: 5",
        "X-Other: a\0Content-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nTransfer-Encoding: xchunked",
        "Content-Length: 5\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: ,chunked",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked;q=1",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: \u000bchunked",
        "Transfer-Encoding: chunked\0",
        "Transfer-Encoding:",
        "Transfer-Encoding:\r\n chunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding\u000b: chunked",
        "X-Other: a\nTransfer-Encoding: chunked",
        "X-Other: a\rTransfer-Encoding: chunked",
        "Host: elsewhere\r\nContent-Length: 5");
  }

  @ParameterizedTest
  @MethodSource("headsThatMayMeanTwoThings")
  void whatMayMeanTwoThingsIsRefusedAndTheConnectionEnds(String head) throws IOException {
    for (String body : List.of("", BODY, CHUNKS)) {
      assertEquals(List.of(400), answers(publish(head, body)), body);
    }
    assertEquals(List.of(), kept());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /v1/messages HTTP/1.1\r\n Host: localhost\r\n\r\n",
        "POST /v1/messages HTTP/1.1\r\n Content-Length: 5\r\nHost: localhost\r\n\r\n",
        "POST /v1/messages HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /v1/messages HTTP/1.1\nHost: localhost\n\n",
        "POST /v1/messages HTTP/1.1 \r\nHost: localhost\r\n\r\n",
        "POST /v1/messages\r\nHost: localhost\r\n\r\n",
        "POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n"
      })
  void headsThatAreNoneAreRefused(String head) throws IOException {
    assertEquals(List.of(400), answers(head + HIDDEN + LAST));
  }

  @Test
  void aRequestForNoHostIsTheClientsFault() throws IOException {
    assertEquals(
        List.of(400, 404, 404), answers("GET /v1/stream HTTP/1.1\r\n\r\n" + HIDDEN + LAST));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5",
        "Content-Length: 00005",
        "Content-Length: \t5 ",
        "content-length:5",
        "Connection: Content-Length\r\nContent-Length: 5",
        "X-Other: a\r\n Content-Length: 50\r\nContent-Length: 5",
        "Content_Length: 50\r\nContent-Length: 5"
      })
  void aLengthIsReadInOneWay(String head) throws IOException {
    assertEquals(List.of(201, 404, 404), answers(publish(head, BODY)));
    assertEquals(List.of(BODY), kept());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: \tCHUNKED ",
        "TE: gzip\r\nTransfer-Encoding: chunked",
        "Transfer_Encoding: gzip\r\nTransfer-Encoding: chunked",
        "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked"
      })
  void chunksAreReadInOneWay(String head) throws IOException {
    assertEquals(List.of(201, 404, 404), answers(publish(head, CHUNKS)));
    assertEquals(List.of(BODY), kept());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5;a=b\r\nabcde\r\n0;c\r\n\r\n",
        "5 ;a=\"b\"\r\nabcde\r\n0\r\n\r\n",
        "05\r\nabcde\r\n00\r\n\r\n",
        "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
        "5\r\nabcde\r\n0\r\nContent-Length: 50\r\n\r\n",
        "5\r\nabcde\r\n0\r\nTransfer-Encoding: gzip\r\n\r\n"
      })
  void extensionsAndTrailersChangeNothing(String chunks) throws IOException {
    assertEquals(List.of(201, 404, 404), answers(publish("Transfer-Encoding: chunked", chunks)));
    assertEquals(List.of(BODY), kept());
  }

  static List<String> brokenChunks() {
    return List.of(
        "5\nabcde\r\n0\r\n\r\n",
        "5\rabcde\r\n0\r\n\r\n",
        "5;a=b\nabcde\r\n0\r\n\r\n",
        "5;a\rb\r\nabcde\r\n0\r\n\r\n",
        "5;\0\r\nabcde\r\n0\r\n\r\n",
        "5;a=\"b\r\nabcde\r\n0\r\n\r\n",
        ";a\r\nabcde\r\n0\r\n\r\n",
        "\r\n5\r\nabcde\r\n0\r\n\r\n",
        " 5\r\nabcde\r\n0\r\n\r\n",
        "5 \r\nabcde\r\n0\r\n\r\n",
        "5 5\r\nabcde\r\n0\r\n\r\n",
        "5_\r\nabcde\r\n0\r\n\r\n",
        "0x5\r\nabcde\r\n0\r\n\r\n",
        "+5\r\nabcde\r\n0\r\n\r\n",
        "-5\r\nabcde\r\n0\r\n\r\n",
        "100000005\r\nabcde\r\n0\r\n\r\n",
        "10000000000000005\r\nabcde\r\n0\r\n\r\n",
        "5\r\nabcde\n0\r\n\r\n",
        "5\r\nabcde\r0\r\n\r\n",
        "5\r\nabcde0\r\n\r\n",
        "5\r\nabcdexx0\r\n\r\n",
        "5\r\nabcdexx\r\n0\r\n\r\n",
        "5\r\nabcde\r\n0\n\r\n",
        "5\r\nabcde\r\n0\r\n\n",
        "5\r\nabcde\r\n-0\r\n\r\n",
        "5\r\nabcde\r\n0 0\r\n\r\n",
        "5\r\nabcde\r\ng\r\n\r\n",
        "5\r\nabcde\r\n0\r\nX : y\r\n\r\n",
        "5\r\nabcde\r\n0\r\n X: y\r\n\r\n",
        "5\r\nabcde\r\n0\r\nX: y\nZ: z\r\n\r\n");
  }

  @ParameterizedTest
  @MethodSource("brokenChunks")
  void brokenChunksEndTheConnection(String chunks) throws IOException {
    assertEquals(List.of(), answers(publish("Transfer-Encoding: chunked", chunks)));
    assertEquals(List.of(), kept());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /v1/nothing",
        "POST /v1/messages",
        "PUT /v1/messages",
        "GET /v1/nothing",
        "GET /v1/ws",
        "GET /nothing"
      })
  void aBodyThatNobodyReadsIsNoRequest(String line) throws IOException {
    String head = line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + HIDDEN.length();
    List<Integer> answers = answers(head + "\r\n\r\n" + HIDDEN + LAST);
    assertEquals(2, answers.size(), answers.toString());
    assertTrue(answers.get(0) >= 400 && answers.get(1) == 404, answers.toString());
  }

  /** As nginx passes on what a client asks for: through it there would be a tunnel. */
  @Test
  void anUpgradeToHttp2ThatAProxyMadeItsOwnIsNone() throws IOException {
    String head =
        String.join(
            "\r\n",
            "GET /v1/nothing HTTP/1.1",
            "Host: localhost",
            "Connection: upgrade",
            "Upgrade: h2c",
            "HTTP2-Settings: AAMAAABkAAQAAP__",
            "\r\n");
    assertEquals(List.of(400, 404, 404), answers(head + HIDDEN + LAST));
  }

  private String publish(String head, String body) {
    return "POST /v1/channels/%s/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: text/plain\r\nX: y\r\n%s\r\n\r\n%s%s%s"
        .formatted(channel, TestTokens.all(), head, body, HIDDEN, LAST);
  }

  /** The status of each answer until the server ends the connection. */
  private List<Integer> answers(String requests) throws IOException {
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    try (RawSocket client = new RawSocket(base.getPort())) {
      client.send(requests);
      while (true) {
        answers.write(client.bytes(1));
      }
    } catch (EOFException | SocketException ended) {
      String all = answers.toString(StandardCharsets.ISO_8859_1);
      return STATUS.matcher(all).results().map(each -> Integer.valueOf(each.group(1))).toList();
    }
  }

  private List<String> kept() {
    JsonArray messages =
        TestClient.of(base.getPort(), TestTokens.all())
            .page(channel, "after=earliest")
            .getJsonArray("messages");
    return messages.stream()
        .map(JsonObject.class::cast)
        .map(each -> each.getString("data"))
        .toList();
  }
}
