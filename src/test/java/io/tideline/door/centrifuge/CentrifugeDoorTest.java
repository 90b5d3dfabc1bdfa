package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.identity.SharedSecret;
import io.tideline.protocol.JsonBuffer;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jose4j.jws.JsonWebSignature;
import org.junit.jupiter.api.Test;

/** The door as a client sees it, frame by frame. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class CentrifugeDoorTest {
  private static final int MANY = 1000;

  /** Id 1, and the result of a connect. */
  private static final byte[] REPLY_TO_CONNECT = {8, 1, 42};

  @TestHTTPResource("/")
  URI base;

  private final String user = "cf-" + UUID.randomUUID();
  private final String channel = "room:" + UUID.randomUUID();
  private int id;

  @Test
  void aClientReadsWhatItMissed() throws Exception {
    JsonObject subscribed;
    try (TestSocket socket = connected()) {
      subscribed = call(socket, "subscribe", onChannel());
      assertTrue(subscribed.getBoolean("recoverable"));
      backend().publish(channel, "1");
      JsonObject push = socket.next().getJsonObject("push");
      assertEquals(channel, push.getString("channel"));
      assertEquals(1, push.getJsonObject("pub").getInteger("data"));
      assertEquals(1, push.getJsonObject("pub").getInteger("offset"));
    }
    backend().publish(channel, "2");
    try (TestSocket socket = connected()) {
      JsonObject recovered = call(socket, "subscribe", from(subscribed.getString("epoch"), 1));
      assertTrue(recovered.getBoolean("recovered"));
      JsonObject push = socket.next().getJsonObject("push");
      assertEquals(2, push.getJsonObject("pub").getInteger("data"));
    }
    try (TestSocket socket = connected()) {
      JsonObject lost = call(socket, "subscribe", from("another", 1));
      assertTrue(lost.getBoolean("was_recovering"));
      assertEquals(null, lost.getBoolean("recovered"));
      assertEquals(2, lost.getInteger("offset"));
    }
  }

  @Test
  void aClientPublishesAndReadsHistory() throws Exception {
    try (TestSocket socket = connected()) {
      for (int data = 1; data <= 3; data++) {
        assertEquals(new JsonObject(), call(socket, "publish", onChannel().put("data", data)));
      }
      JsonObject history =
          call(socket, "history", onChannel().put("limit", 2).put("reverse", true));
      JsonArray publications = history.getJsonArray("publications");
      assertEquals(3, history.getInteger("offset"));
      assertEquals(2, publications.size());
      assertEquals(3, publications.getJsonObject(0).getInteger("data"));
    }
  }

  @Test
  void rightsAreThoseOfTheSettings() throws Exception {
    try (TestSocket socket = connected()) {
      JsonObject other = new JsonObject().put("channel", "other:1").put("data", 1);
      for (String method : new String[] {"subscribe", "publish", "history", "presence"}) {
        assertEquals(103, error(socket, method, other), method);
      }
      assertEquals(0, call(socket, "presence_stats", onChannel()).getInteger("num_clients"));
    }
  }

  @Test
  void aSubscriptionTokenLendsTheRight() throws Exception {
    String name = "other:" + UUID.randomUUID();
    JsonObject claims = new JsonObject().put("sub", user).put("channel", name);
    try (TestSocket socket = connected()) {
      JsonObject request = new JsonObject().put("channel", name);
      assertEquals(103, error(socket, "subscribe", request));
      request.put("token", signed(claims.copy().put("sub", "another")));
      assertEquals(103, error(socket, "subscribe", request));
      call(socket, "subscribe", request.put("token", signed(claims)));
    }
  }

  @Test
  void aTokenIsRefreshed() throws Exception {
    try (TestSocket socket = connected()) {
      long exp = Instant.now().getEpochSecond() + 300;
      JsonObject refreshed =
          call(
              socket,
              "refresh",
              new JsonObject()
                  .put("token", signed(new JsonObject().put("sub", user).put("exp", exp))));
      assertTrue(refreshed.getBoolean("expires"));
      assertTrue(refreshed.getInteger("ttl") < 300);
    }
  }

  @Test
  void anExpiredTokenIsAnErrorAndABadOneCloses() throws Exception {
    try (TestSocket socket = open(Map.of())) {
      String expired = signed(new JsonObject().put("sub", user).put("exp", 1));
      assertEquals(109, error(socket, "connect", new JsonObject().put("token", expired)));
    }
    try (TestSocket socket = open(Map.of())) {
      socket.send(command("connect", new JsonObject().put("token", "rubbish")));
      assertEquals(3500, socket.closeCode());
    }
    try (TestSocket socket = open(Map.of())) {
      socket.send(command("subscribe", onChannel()));
      assertEquals(3501, socket.closeCode());
    }
  }

  @Test
  void aRevocationCloses() throws Exception {
    try (TestSocket socket = connected()) {
      backend()
          .post(
              "revocations",
              new JsonObject().put("subject", user).encode(),
              Map.of("Content-Type", "application/json"));
      assertEquals(3503, socket.closeCode());
    }
  }

  @Test
  void commandsAreLimited() throws Exception {
    try (TestSocket socket = connected()) {
      for (int i = 0; i < MANY; i++) {
        socket.send(command("unsubscribe", onChannel()));
      }
      boolean isLimited = false;
      for (int i = 0; i < MANY && !isLimited; i++) {
        JsonObject error = socket.next().getJsonObject("error");
        isLimited = error != null && error.getInteger("code") == 111;
      }
      assertTrue(isLimited);
    }
  }

  @Test
  void anOriginThatIsNotAllowedIsRefused() {
    open(Map.of("Origin", CommonProfile.ORIGIN)).close();
    assertThrows(
        CompletionException.class, () -> open(Map.of("Origin", "https://evil.example.org")));
  }

  /** By both ways to ask for it; the encoding itself has its own test, and judges. */
  @Test
  void protobufIsSpokenToClientsThatAskForIt() {
    try (TestSocket offering = open(Map.of(TestSocket.SUBPROTOCOL, "centrifuge-protobuf"));
        TestSocket asking = TestSocket.open(address("?cf_protocol=protobuf"), Map.of())) {
      for (TestSocket each : new TestSocket[] {offering, asking}) {
        each.sendBinary(connectInProtobuf());
        byte[] reply = each.nextBinary();
        assertArrayEquals(REPLY_TO_CONNECT, Arrays.copyOfRange(reply, 1, 4));
        each.sendBinary(new byte[] {4, 8, 2, 90, 0});
        assertArrayEquals(new byte[] {4, 8, 2, 98, 0}, each.nextBinary());
      }
    }
  }

  /** A token has more than 127 bytes, and less than 16,384, so each length takes two. */
  private static byte[] connectInProtobuf() {
    byte[] token = TestTokens.all().getBytes(US_ASCII);
    JsonBuffer out = new JsonBuffer(token.length);
    length(out, token.length + 8).octet(8).octet(1).octet(34);
    length(out, token.length + 3).octet(10);
    return length(out, token.length).raw(token).toBytes();
  }

  private static JsonBuffer length(JsonBuffer out, int length) {
    return out.octet((length & 0x7f) | 0x80).octet(length >>> 7);
  }

  private TestClient backend() {
    return TestClient.of(base.getPort(), TestTokens.all());
  }

  private URI address(String query) {
    return URI.create("ws://localhost:" + base.getPort() + CentrifugeDoor.PATH + query);
  }

  private TestSocket open(Map<String, String> headers) {
    return TestSocket.open(address(""), headers);
  }

  private TestSocket connected() throws Exception {
    TestSocket socket = open(Map.of());
    String token = signed(new JsonObject().put("sub", user));
    JsonObject result = call(socket, "connect", new JsonObject().put("token", token));
    assertTrue(result.getBoolean("pong"));
    return socket;
  }

  private JsonObject onChannel() {
    return new JsonObject().put("channel", channel);
  }

  private JsonObject from(String epoch, int offset) {
    return onChannel().put("recover", true).put("epoch", epoch).put("offset", offset);
  }

  private String command(String method, JsonObject request) {
    return new JsonObject().put(method, request).put("id", ++id).encode();
  }

  private JsonObject call(TestSocket socket, String method, JsonObject request) {
    JsonObject reply = reply(socket, method, request);
    assertTrue(reply.containsKey(method), reply::encode);
    return reply.getJsonObject(method);
  }

  private int error(TestSocket socket, String method, JsonObject request) {
    JsonObject reply = reply(socket, method, request);
    assertTrue(reply.containsKey("error"), reply::encode);
    return reply.getJsonObject("error").getInteger("code");
  }

  /** Pushes that come before it are left out. */
  private JsonObject reply(TestSocket socket, String method, JsonObject request) {
    socket.send(command(method, request));
    JsonObject frame = socket.next();
    while (!Integer.valueOf(id).equals(frame.getInteger("id"))) {
      frame = socket.next();
    }
    return frame;
  }

  /** Without {@code iat} it would be older than a revocation of all tokens, which others try. */
  private static String signed(JsonObject claims) throws Exception {
    JsonWebSignature signature = new JsonWebSignature();
    long now = Instant.now().getEpochSecond();
    long issuedAt = Math.min(now, claims.getLong("exp", now));
    signature.setPayload(claims.copy().put("iat", issuedAt).encode());
    signature.setAlgorithmHeaderValue("HS256");
    signature.setKey(SharedSecret.in(CommonProfile.CENTRIFUGE_SECRET).key());
    return signature.getCompactSerialization();
  }
}
