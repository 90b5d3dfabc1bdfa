package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCodecTest {
  private static final byte[] NOTHING = {};
  private static final Codec.Refreshed FOR_EVER = new Codec.Refreshed(0);
  private static final String SUBSCRIBE =
      "{\"subscribe\":{\"channel\":\"c\",\"token\":\"t\",\"recover\":true,\"epoch\":\"e\","
          + "\"offset\":9,\"join_leave\":true,\"flag\":3,\"type\":1},\"id\":3}";

  private final JsonCodec codec = new JsonCodec(new ChannelNames("cf"), 64);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | Pong[]",
        "{\"connect\":{},\"id\":1} | Connect[id=1]",
        "{\"id\":2,\"ping\":{}} | Ping[id=2]",
        "{\"id\":2,\"rpc\":{\"method\":\"m\"}} | Rpc[id=2]",
        "{\"send\":{}} | Send[]",
        "{\"id\":3,\"refresh\":{\"token\":\"t\"}} | Refresh[id=3]",
        "{\"id\":3,\"sub_refresh\":{\"channel\":\"c\"}} | SubRefresh[id=3, channel=c]",
        "{\"id\":3,\"unsubscribe\":{\"channel\":\"c\"}} | Unsubscribe[id=3, channel=c]",
        "{\"id\":3,\"presence\":{\"channel\":\"c\"}} | Presence[id=3, channel=c]",
        "{\"id\":3,\"presence_stats\":{\"channel\":\"c\"}} | PresenceStats[id=3, channel=c]",
        "{\"id\":3,\"unsubscribe\":{\"channel\":null,\"x\":[1]}} | Unsubscribe[id=3, channel=]",
      })
  void readsEachCall(String json, String call) {
    assertEquals("[" + call + "]", codec.read(json).toString());
  }

  @Test
  void readsAllThatASubscribeSays() {
    assertEquals(
        List.of(
            new Call.Subscribe(3, "c", "t", new Call.Place("e", 9), true, true, false, false)),
        codec.read(SUBSCRIBE));
  }

  @Test
  void eachLineIsACall() {
    assertEquals(
        "[Connect[id=1], Pong[], Malformed[]]",
        codec.read("{\"connect\":{},\"id\":1}\n{}\n\n{\"id\":2}\n").toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "[]",
        "1",
        "{\"id\":1}",
        "{\"connect\":{}}",
        "{\"connect\":{},\"id\":-1}",
        "{\"connect\":{},\"id\":\"1\"}",
        "{\"connect\":{\"token\":1},\"id\":1}",
        "{\"subscribe\":{\"channel\":\"c\",\"recover\":1},\"id\":1}",
        "{\"history\":{\"channel\":\"c\",\"since\":[]},\"id\":1}",
        "{\"subscribe\":{\"channel\":\"c\"},\"id\":1",
        "{\"unknown\":{},\"id\":1}",
      })
  void whatIsBrokenIsMalformed(String json) {
    assertInstanceOf(Call.Malformed.class, codec.read(json).get(0));
  }

  @Test
  void binaryFramesAreMalformed() {
    assertInstanceOf(Call.Malformed.class, codec.read(NOTHING).get(0));
  }

  /** Seeded, so that a failure comes again. */
  @Test
  void noFrameMakesItThrow() {
    Random random = new Random(20261201);
    for (int i = 0; i < 100_000; i++) {
      char[] frame = SUBSCRIBE.substring(0, 1 + random.nextInt(SUBSCRIBE.length())).toCharArray();
      for (int flips = random.nextInt(4); flips > 0; flips--) {
        frame[random.nextInt(frame.length)] = (char) random.nextInt(random.nextBoolean() ? 128 : 1 << 16);
      }
      assertFalse(codec.read(new String(frame)).isEmpty());
    }
  }

  /** SDKs stop where the result of a reply is missing, even an empty one. */
  @Test
  void writesEachReply() {
    assertText(
        "{\"id\":1,\"connect\":{\"client\":\"c\",\"version\":\"tideline\",\"expires\":true,"
            + "\"ttl\":9,\"ping\":25,\"pong\":true}}",
        codec.connected(1, new Codec.Connected("c", new Codec.Refreshed(9), 25)));
    assertText("{\"id\":3,\"unsubscribe\":{}}", codec.done(3, Codec.Done.UNSUBSCRIBE));
    assertText("{\"id\":3,\"publish\":{}}", codec.done(3, Codec.Done.PUBLISH));
    assertText("{\"id\":3,\"ping\":{}}", codec.done(3, Codec.Done.PING));
    assertText(
        "{\"id\":2,\"subscribe\":{}}",
        codec.subscribed(2, new Codec.Subscribed(null, null, FOR_EVER)));
    assertText(
        "{\"id\":2,\"subscribe\":{ \"recoverable\":true,\"positioned\":true,\"epoch\":\"e\","
            + "\"offset\":3,\"recovered\":true,\"was_recovering\":true}}",
        codec.subscribed(2, new Codec.Subscribed(new Call.Place("e", 3), true, FOR_EVER)));
    assertText(
        "{\"id\":3,\"history\":{\"publications\":[],\"epoch\":\"e\",\"offset\":7}}",
        codec.history(3, List.of(), "e", 7));
    assertText(
        "{\"id\":3,\"presence\":{\"presence\":{\"c\":{\"user\":\"u\",\"client\":\"c\","
            + "\"conn_info\":1}}}}",
        codec.presence(3, List.of(new Codec.Client("c", "u", "1".getBytes(UTF_8), NOTHING))));
    assertText(
        "{\"id\":3,\"presence_stats\":{\"num_clients\":2,\"num_users\":1}}",
        codec.presenceStats(3, 2, 1));
    assertText(
        "{\"id\":3,\"error\":{\"code\":100,\"message\":\"x\",\"temporary\":true}}",
        codec.error(3, ErrorCode.INTERNAL, "x"));
    assertText("{}", codec.ping());
  }

  @Test
  void writesEachPush() {
    Codec.Client client = new Codec.Client("c", "u", NOTHING, NOTHING);
    assertText(
        "{\"push\":{\"channel\":\"x\",\"join\":{\"info\":{\"user\":\"u\",\"client\":\"c\"}}}}",
        codec.joined("x", client));
    assertText(
        "{\"push\":{\"channel\":\"x\",\"leave\":{\"info\":{\"user\":\"u\",\"client\":\"c\"}}}}",
        codec.left("x", client));
    assertText(
        "{\"push\":{\"channel\":\"x\",\"unsubscribe\":{\"code\":2500,\"reason\":\"r\"}}}",
        codec.unsubscribedByServer("x", 2500, "r"));
  }

  @Test
  void writesPublicationsOfEachKind() {
    assertText(
        "{\"push\":{\"channel\":\"$x\",\"pub\":{\"data\":{\"a\":1},\"offset\":7,"
            + "\"info\":{\"user\":\"u\",\"client\":\"\"}}}}",
        publication(null, "{\"a\":1}", "u"));
    assertText(
        "{\"push\":{\"channel\":\"$x\",\"pub\":{\"data\":\"h\\\"i\",\"offset\":7}}}",
        publication("text/plain", "h\"i", null));
    assertText(
        "{\"push\":{\"channel\":\"$x\",\"pub\":{\"data\":\"AGE=\",\"offset\":7,"
            + "\"tags\":{\"tideline-encoding\":\"base64\"}}}}",
        publication("application/octet-stream", "\0a", null));
  }

  private byte[] publication(String type, String data, String sender) {
    return codec
        .publications()
        .encode(
            new Publication(
                new Channel("cf:~24x"),
                5,
                7,
                Instant.EPOCH,
                null,
                sender,
                Map.of(),
                new Payload(type, data.getBytes(UTF_8))));
  }

  private static void assertText(String json, byte[] frame) {
    assertFalse(WebSocketFrames.isBinary(frame));
    int start = WebSocketFrames.payloadOffset(frame);
    assertEquals(json, new String(frame, start, frame.length - start, UTF_8));
  }
}
