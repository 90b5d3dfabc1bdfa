package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** What a client says on a WebSocket, and what it gets for it. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class SocketCommandsTest {
  @TestHTTPResource("/")
  URI base;

  private TestClient client;

  /** One that nobody has used, so that the log must be asked where it stands. */
  private final String channel = "socket:" + UUID.randomUUID();

  @BeforeEach
  void connect() {
    client = TestClient.of(base.getPort(), TestTokens.all());
  }

  @RepeatedTest(5)
  void anUnsubscribeThatOvertakesItsSubscribeEndsIt() throws Exception {
    try (TestSocket socket = client.socket()) {
      socket.send(subscribe(1));
      socket.send(unsubscribe(2));
      assertEquals(List.of("1 ok", "2 ok"), replies(socket, 2));
      client.publish(channel, "1");
      assertTrue(socket.isSilent(300), "nothing comes of what was unsubscribed");
      socket.send(unsubscribe(3));
      assertEquals(List.of("3 not-subscribed"), replies(socket, 1));
    }
  }

  @Test
  void commandsForAChannelAreCarriedOutInTheirOrder() {
    try (TestSocket socket = client.socket()) {
      Stream.of(subscribe(1), unsubscribe(2), subscribe(3), subscribe(4), unsubscribe(5))
          .forEach(socket::send);
      socket.send(unsubscribe(6));
      socket.send(subscribe(7));
      assertEquals(
          List.of(
              "1 ok", "2 ok", "3 ok", "4 already-subscribed", "5 ok", "6 not-subscribed", "7 ok"),
          replies(socket, 7));
      client.publish(channel, "1");
      assertEquals(1, socket.next().getInteger("data"));
    }
  }

  @Test
  void otherChannelsDontWait() {
    String other = channel + "-other";
    try (TestSocket socket = client.socket()) {
      socket.send(subscribe(1));
      assertEquals(List.of("1 ok"), replies(socket, 1));
      socket.send(subscribe(2).replace(channel, other));
      socket.send(unsubscribe(3));
      List<String> replies = replies(socket, 2);
      assertTrue(replies.containsAll(List.of("2 ok", "3 ok")), replies.toString());
    }
  }

  @Test
  void bytesComeAsBinaryFramesToWhoeverAskedForThem() {
    byte[] payload = {0, 1, (byte) 0xff, (byte) 0xfe, '\n'};
    try (TestSocket binary = client.socket();
        TestSocket text = client.socket()) {
      binary.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + channel + "\",\"binary\":true}}");
      text.send(subscribe(1));
      assertEquals(List.of("1 ok"), replies(binary, 1));
      assertEquals(List.of("1 ok"), replies(text, 1));
      String encoded = Base64.getEncoder().encodeToString(payload);
      String item =
          "[{\"channel\":\"%s\",\"data_base64\":\"%s\",\"contentType\":\"image/png\",\"type\":\"t\"}]"
              .formatted(channel, encoded);
      Map<String, String> json = Map.of("Content-Type", "application/json");
      assertEquals(200, client.post("messages", item, json).statusCode());
      client.publish(channel, "7");

      byte[] frame = binary.nextBinary();
      assertEquals(1, frame[0], "the version");
      int length = Byte.toUnsignedInt(frame[1]) << 8 | Byte.toUnsignedInt(frame[2]);
      JsonObject head = new JsonObject(new String(frame, 3, length, UTF_8));
      assertArrayEquals(payload, Arrays.copyOfRange(frame, 3 + length, frame.length));
      assertEquals(channel, head.getString("channel"));
      assertEquals(1, head.getInteger("offset"));
      assertEquals("image/png", head.getString("contentType"));
      assertEquals("t", head.getString("type"));
      assertNotNull(head.getString("position"));
      assertFalse(head.containsKey("data_base64"));
      assertEquals(7, binary.next().getInteger("data"), "JSON stays text");

      assertEquals(encoded, text.next().getString("data_base64"));
    }
  }

  @Test
  void bytesOfTheLogComeAsBinaryFramesToo() {
    byte[] payload = new byte[60_000];
    payload[1] = (byte) 0xff;
    String encoded = Base64.getEncoder().encodeToString(payload);
    String item = "[{\"channel\":\"%s\",\"data_base64\":\"%s\"}]".formatted(channel, encoded);
    Map<String, String> json = Map.of("Content-Type", "application/json");
    for (int i = 0; i < 3; i++) {
      assertEquals(200, client.post("messages", item, json).statusCode());
    }
    try (TestSocket binary = client.socket()) {
      binary.send(
          "{\"id\":1,\"subscribe\":{\"channel\":\""
              + channel
              + "\",\"binary\":true,\"after\":\"earliest\"}}");
      for (int i = 1; i <= 3; i++) {
        byte[] frame = binary.nextBinary();
        int length = Byte.toUnsignedInt(frame[1]) << 8 | Byte.toUnsignedInt(frame[2]);
        assertEquals(i, new JsonObject(new String(frame, 3, length, UTF_8)).getInteger("offset"));
        assertArrayEquals(payload, Arrays.copyOfRange(frame, 3 + length, frame.length));
      }
    }
  }

  private String subscribe(int id) {
    return "{\"id\":" + id + ",\"subscribe\":{\"channel\":\"" + channel + "\"}}";
  }

  private String unsubscribe(int id) {
    return "{\"id\":" + id + ",\"unsubscribe\":{\"channel\":\"" + channel + "\"}}";
  }

  private static List<String> replies(TestSocket socket, int count) {
    return Stream.generate(socket::next).limit(count).map(SocketCommandsTest::brief).toList();
  }

  private static String brief(JsonObject reply) {
    JsonObject error = reply.getJsonObject("error");
    return reply.getInteger("reply") + " " + (error == null ? "ok" : error.getString("code"));
  }
}
