package io.tideline.net.websocket;

import static io.tideline.testing.RawSocket.BINARY;
import static io.tideline.testing.RawSocket.CLOSE;
import static io.tideline.testing.RawSocket.CONTINUATION;
import static io.tideline.testing.RawSocket.FIN;
import static io.tideline.testing.RawSocket.PING;
import static io.tideline.testing.RawSocket.PONG;
import static io.tideline.testing.RawSocket.RSV1;
import static io.tideline.testing.RawSocket.TEXT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.net.websocket.OpenedWriters.Opened;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 7692, where it is switched on. What is offered and how, tries {@code DeflateOfferTest}. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class CompressionTest {
  private static final String ECHO = "/test/echo";
  private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate";
  private static final String ANSWER =
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  private static final int MESSAGE_BYTES_MAX = 128 * 1024;

  /** Spread over all lanes. */
  private static final int READERS = 20;

  @TestHTTPResource URI server;
  @Inject OpenedWriters outs;
  @Inject MeterRegistry meters;
  @Inject Vertx vertx;

  private final String channel = "deflate:" + UUID.randomUUID();

  // --- the handshake

  @ParameterizedTest
  @CsvSource({
    "permessage-deflate; client_max_window_bits, ''",
    "permessage-deflate; server_max_window_bits=15, ; server_max_window_bits=15"
  })
  void agreesOnWhatIsOffered(String offer, String more) throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      assertEquals(ANSWER + more, agreed(client, ECHO, offer));
      client.frame(FIN | RSV1 | TEXT, Deflated.of("compressed"));
      assertEquals("compressed", client.next().text());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; unknown=1",
        "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
        "permessage-deflate;",
        "x-webkit-deflate-frame"
      })
  void upgradesWithoutItWhereItCannotKeepToWhatIsOffered(String offer) throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      assertNull(agreed(client, ECHO, offer));
      client.frame(FIN | TEXT, "plain");
      assertEquals("plain", client.next().text());
      client.frame(FIN | RSV1 | TEXT, Deflated.of("compressed"));
      assertClosed(client, 1002);
    }
  }

  @Test
  void agreesOnNothingWithWhoeverOffersNothing() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      String head = client.upgradeBy(RawSocket.handshake(ECHO));
      assertFalse(head.toLowerCase(Locale.ROOT).contains("sec-websocket-extensions"), head);
      client.frame(FIN | RSV1 | TEXT, Deflated.of("compressed"));
      assertClosed(client, 1002);
    }
  }

  @Test
  void theOfferIsNotKeptWithTheConnection() throws IOException {
    try (RawSocket client = open("/test/out")) {
      Opened<WebSocketWriter> socket = outs.next();
      assertTrue(WriteMode.PIPELINE.takesDeflated(socket.connection));
      assertNull(socket.connection.handshakeRequest().header("Sec-WebSocket-Extensions"));
      client.close(1000);
    }
  }

  // --- what comes in

  @Test
  void takesDeflatedMessagesAndPlainOnes() throws IOException {
    try (RawSocket client = open(ECHO)) {
      String text = "a wave: 🌊 ".repeat(1_000);
      for (int i = 0; i < 3; i++) {
        client.frame(FIN | RSV1 | TEXT, Deflated.of(text));
        assertEquals(text, client.next().text());
        client.frame(FIN | TEXT, "plain " + i);
        assertEquals("plain " + i, client.next().text());
      }
      client.frame(FIN | RSV1 | TEXT, new byte[] {0});
      assertEquals(0, client.next().length());
      byte[] bytes = HexFormat.of().parseHex("fffe00eda080");
      client.frame(FIN | RSV1 | BINARY, Deflated.of(bytes));
      assertEquals(new RawSocket.Frame(BINARY, ByteBuffer.wrap(bytes)), client.next());
    }
  }

  @Test
  void takesADeflatedMessageInFragments() throws IOException {
    try (RawSocket client = open(ECHO)) {
      byte[] deflated = Deflated.of("in pieces, of which none is anything alone");
      client.frame(RSV1 | TEXT, "");
      for (byte piece : deflated) {
        client.frame(CONTINUATION, new byte[] {piece});
      }
      client.frame(FIN | PING, "there?");
      client.frame(FIN | CONTINUATION, "");
      assertEquals(PONG, client.next().opcode());
      assertEquals("in pieces, of which none is anything alone", client.next().text());
      client.frame(TEXT, "pl");
      client.frame(FIN | CONTINUATION, "ain");
      assertEquals("plain", client.next().text());
    }
  }

  @Test
  void theBitStandsOnTheFirstFrameOfAMessageOnly() throws IOException {
    for (int fin : new int[] {0, FIN}) {
      try (RawSocket client = open(ECHO)) {
        byte[] deflated = Deflated.of("in two pieces");
        client.frame(RSV1 | TEXT, Arrays.copyOf(deflated, 4));
        client.frame(fin | RSV1 | CONTINUATION, Arrays.copyOfRange(deflated, 4, deflated.length));
        assertClosed(client, 1002);
      }
    }
    try (RawSocket client = open(ECHO)) {
      client.frame(TEXT, "plain, ");
      client.frame(FIN | RSV1 | CONTINUATION, Deflated.of("compressed"));
      assertClosed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {PING, PONG, CLOSE})
  void controlFramesAreNotCompressed(int opcode) throws IOException {
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | RSV1 | opcode, "");
      assertClosed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x20, 0x10, 0x30, 0x60, 0x50, 0x70})
  void theOtherReservedBitsStayReserved(int bits) throws IOException {
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | bits | TEXT, Deflated.of("compressed"));
      assertClosed(client, 1002);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLimitIsOfWhatIsInflated(boolean isNoise) throws IOException {
    byte[] bytes = new byte[MESSAGE_BYTES_MAX + 1];
    if (isNoise) {
      new Random(1).nextBytes(bytes);
    }
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | RSV1 | BINARY, Deflated.of(Arrays.copyOf(bytes, MESSAGE_BYTES_MAX)));
      assertEquals(MESSAGE_BYTES_MAX, client.next().length());
      client.frame(FIN | RSV1 | BINARY, Deflated.of(bytes));
      assertClosed(client, 1009);
    }
  }

  @Test
  void plainMessagesHaveTheirLimit() throws IOException {
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | BINARY, new byte[MESSAGE_BYTES_MAX]);
      assertEquals(MESSAGE_BYTES_MAX, client.next().length());
      client.frame(FIN | BINARY, new byte[MESSAGE_BYTES_MAX + 1]);
      assertClosed(client, 1009);
    }
  }

  @Test
  void refusesBombs() throws IOException {
    byte[] bomb = Deflated.of(new byte[100_000_000]);
    assertTrue(bomb.length < MESSAGE_BYTES_MAX, "it is small before it is inflated");
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | RSV1 | BINARY, bomb);
      assertClosed(client, 1009);
    }
    try (RawSocket client = open(ECHO)) {
      client.frame(RSV1 | TEXT, Arrays.copyOf(bomb, 50_000));
      client.frame(FIN | CONTINUATION, Arrays.copyOfRange(bomb, 50_000, bomb.length));
      assertClosed(client, 1009);
    }
  }

  /** Blocks of nothing inflate to nothing, and are counted all the same. */
  @Test
  void refusesEndlessNothing() throws IOException {
    try (RawSocket client = open(ECHO)) {
      ByteArrayOutputStream nothing = new ByteArrayOutputStream();
      for (int i = 0; i < 10_000; i++) {
        nothing.writeBytes(new byte[] {0, 0, 0, -1, -1});
      }
      client.frame(RSV1 | TEXT, nothing.toByteArray());
      client.frame(CONTINUATION, nothing.toByteArray());
      client.frame(CONTINUATION, nothing.toByteArray());
      assertClosed(client, 1009);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ffffff", "f248cdc9", "f200110000"})
  void refusesWhatCannotBeInflated(String hex) throws IOException {
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | RSV1 | TEXT, HexFormat.of().parseHex(hex));
      assertClosed(client, 1007);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ff", "eda080", "e282"})
  void refusesTextThatIsNotUtf8OnceItIsInflated(String hex) throws IOException {
    try (RawSocket client = open(ECHO)) {
      client.frame(FIN | RSV1 | TEXT, Deflated.of(HexFormat.of().parseHex(hex)));
      assertClosed(client, 1007);
    }
  }

  // --- what goes out

  @Test
  void aPublicationIsDeflatedOnceForAllWhoTakeIt() throws IOException {
    List<RawSocket> deflated = new ArrayList<>();
    try (RawSocket plain = subscriber(false, "")) {
      for (int i = 0; i < READERS; i++) {
        deflated.add(subscriber(true, ""));
      }
      double before = count();
      publish(large(1));
      RawSocket.Frame whole = plain.next();
      assertFalse(whole.isDeflated());
      RawSocket.Frame first = deflated.get(0).next();
      assertTrue(first.isDeflated());
      assertTrue(first.length() < whole.length() / 2);
      assertArrayEquals(bytes(whole), Deflated.inflate(first));
      for (RawSocket reader : deflated.subList(1, READERS)) {
        assertEquals(first, reader.next());
      }
      assertEquals(1, count() - before);
    } finally {
      for (RawSocket reader : deflated) {
        reader.close();
      }
    }
  }

  @Test
  void whatIsSmallAndRepliesAndPongsArePlain() throws IOException {
    try (RawSocket reader = subscriber(true, "")) {
      publish("\"small\"");
      RawSocket.Frame small = reader.next();
      assertFalse(small.isDeflated());
      assertEquals("small", new JsonObject(small.text()).getString("data"));

      String command =
          new JsonObject()
              .put("id", 2)
              .put("subscribe", new JsonObject().put("channel", "x".repeat(1_500)))
              .encode();
      reader.frame(FIN | RSV1 | TEXT, Deflated.of(command));
      RawSocket.Frame reply = reader.next();
      assertFalse(reply.isDeflated());
      assertTrue(new JsonObject(reply.text()).containsKey("error"));
      reader.frame(FIN | PING, "there?");
      RawSocket.Frame pong = reader.next();
      assertEquals(PONG, pong.opcode());
      assertFalse(pong.isDeflated());
    }
  }

  @Test
  void aCompressedCommandIsCarriedOut() throws IOException {
    try (RawSocket reader = subscriber(true, "");
        RawSocket writer = connect(true)) {
      JsonObject item = new JsonObject().put("channel", channel).put("data", "x".repeat(5_000));
      String command = new JsonObject().put("id", 1).put("publish", item).encode();
      writer.frame(FIN | RSV1 | TEXT, Deflated.of(command));
      assertTrue(new JsonObject(writer.next().text()).containsKey("ok"));
      JsonObject publication = new JsonObject(new String(Deflated.inflate(reader.next()), UTF_8));
      assertEquals(item.getString("data"), publication.getString("data"));
    }
  }

  @Test
  void historyAndWhatFollowsAreTheSameFrames() throws IOException {
    String position = publish(large(0)).getString("position");
    for (int i = 1; i <= 10; i++) {
      publish(i % 3 == 0 ? Integer.toString(i) : large(i));
    }
    String after = ",\"after\":\"" + position + "\"";
    try (RawSocket plain = subscriber(false, after);
        RawSocket deflated = subscriber(true, after)) {
      publish(large(11));
      for (int i = 1; i <= 11; i++) {
        RawSocket.Frame expected = plain.next();
        RawSocket.Frame frame = deflated.next();
        assertEquals(i % 3 != 0, frame.isDeflated());
        assertArrayEquals(
            bytes(expected), frame.isDeflated() ? Deflated.inflate(frame) : bytes(frame));
        assertEquals(i + 1, new JsonObject(expected.text()).getInteger("offset"));
      }
    }
  }

  @Test
  void binaryFramesAreDeflatedToo() throws IOException {
    try (RawSocket plain = subscriber(false, ",\"binary\":true");
        RawSocket deflated = subscriber(true, ",\"binary\":true")) {
      byte[] payload = new byte[10_000];
      Arrays.fill(payload, (byte) 0xff);
      publishBytes(payload);
      RawSocket.Frame expected = plain.next();
      RawSocket.Frame frame = deflated.next();
      assertEquals(BINARY, frame.opcode());
      assertTrue(frame.isDeflated());
      assertArrayEquals(bytes(expected), Deflated.inflate(frame));

      new Random(1).nextBytes(payload);
      payload[0] = (byte) 0xff;
      publishBytes(payload);
      expected = plain.next();
      frame = deflated.next();
      assertArrayEquals(
          bytes(expected), frame.isDeflated() ? Deflated.inflate(frame) : bytes(frame));
    }
  }

  /** A client of somebody else's making. */
  @Test
  void vertxUnderstandsIt() throws InterruptedException {
    publish(large(1));
    double before = count();
    BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
    var client =
        vertx.createWebSocketClient(
            new WebSocketClientOptions()
                .setTryUsePerMessageCompression(true)
                .setCompressionAllowClientNoContext(true)
                .setCompressionRequestServerNoContext(true));
    try {
      var socket =
          client
              .connect(
                  new WebSocketConnectOptions()
                      .setHost("127.0.0.1")
                      .setPort(server.getPort())
                      .setURI("/v1/ws")
                      .addSubProtocol("tideline.v1")
                      .addHeader("Authorization", "Bearer " + TestTokens.all()))
              .toCompletionStage()
              .toCompletableFuture()
              .orTimeout(10, TimeUnit.SECONDS)
              .join();
      socket.textMessageHandler(text -> frames.add(new JsonObject(text)));
      // What it compresses is large enough to be worth it.
      socket.writeTextMessage(" ".repeat(2_000) + subscribe(",\"after\":\"earliest\""));
      assertTrue(frames.poll(10, TimeUnit.SECONDS).containsKey("ok"));
      publish(large(2));
      for (int i = 1; i <= 2; i++) {
        JsonObject publication = frames.poll(10, TimeUnit.SECONDS);
        assertEquals(large(i), "\"" + publication.getString("data") + "\"");
      }
      assertEquals(2, count() - before, "it was agreed on");
    } finally {
      client.close();
    }
  }

  // --- helpers

  private RawSocket open(String path) throws IOException {
    RawSocket client = new RawSocket(server.getPort());
    client.upgradeBy(RawSocket.handshake(path, OFFER));
    return client;
  }

  private RawSocket connect(boolean deflates) throws IOException {
    RawSocket client = new RawSocket(server.getPort());
    String token = "Authorization: Bearer " + TestTokens.all();
    String protocol = "Sec-WebSocket-Protocol: tideline.v1";
    client.upgradeBy(
        deflates
            ? RawSocket.handshake("/v1/ws", token, protocol, OFFER)
            : RawSocket.handshake("/v1/ws", token, protocol));
    return client;
  }

  /** One that has been told that it is subscribed. */
  private RawSocket subscriber(boolean deflates, String more) throws IOException {
    RawSocket client = connect(deflates);
    client.frame(FIN | TEXT, subscribe(more));
    RawSocket.Frame reply = client.next();
    assertTrue(new JsonObject(reply.text()).containsKey("ok"), reply.text());
    return client;
  }

  private String subscribe(String more) {
    return "{\"id\":1,\"subscribe\":{\"channel\":\"%s\"%s}}".formatted(channel, more);
  }

  /** The extensions that are agreed on; null for none. */
  private static String agreed(RawSocket client, String path, String offer) throws IOException {
    String head = client.upgradeBy(RawSocket.handshake(path, "Sec-WebSocket-Extensions: " + offer));
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-extensions: "))
        .map(line -> line.substring("sec-websocket-extensions: ".length()))
        .reduce((one, other) -> one + ", " + other)
        .orElse(null);
  }

  private JsonObject publish(String json) {
    return client().publish(channel, json);
  }

  private void publishBytes(byte[] payload) {
    String item =
        "[{\"channel\":\"%s\",\"data_base64\":\"%s\",\"contentType\":\"image/png\"}]"
            .formatted(channel, Base64.getEncoder().encodeToString(payload));
    Map<String, String> json = Map.of("Content-Type", "application/json");
    assertEquals(200, client().post("messages", item, json).statusCode());
  }

  private TestClient client() {
    return TestClient.of(server.getPort(), TestTokens.all());
  }

  private static String large(int number) {
    return "\"" + ("message " + number + ", ").repeat(200) + "\"";
  }

  private double count() {
    return meters.get("tideline.deflated").counter().count();
  }

  private static byte[] bytes(RawSocket.Frame frame) {
    byte[] bytes = new byte[frame.length()];
    frame.payload().duplicate().get(bytes);
    return bytes;
  }

  private static void assertClosed(RawSocket client, int code) throws IOException {
    RawSocket.Frame frame = client.next();
    assertEquals(CLOSE, frame.opcode(), frame::toString);
    assertEquals(code, frame.code(), frame::toString);
    assertTrue(client.isEnded(), "nothing comes behind a close frame");
  }
}
