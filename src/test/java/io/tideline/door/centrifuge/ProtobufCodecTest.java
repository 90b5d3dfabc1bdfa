package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.app.ProductDefaults;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.protocol.PayloadReader;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bytes of calls and replies, written by hand from the field numbers of the schema. */
class ProtobufCodecTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] NOTHING = {};
  private final ProtobufCodec codec = new ProtobufCodec(new ChannelNames("cf"), 64);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "00 | Pong[]",
        "04 0801 2200 | Connect[id=1]",
        "04 0802 5a00 | Ping[id=2]",
        "04 0802 6a00 | Rpc[id=2]",
        "02 6200 | Send[]",
        "04 0803 7200 | Refresh[id=3]",
        "07 0803 7a03 0a0163 | SubRefresh[id=3, channel=c]",
        "07 0803 2a03 0a0163 | Subscribe[id=3, channel=c]",
        "07 0803 3203 0a0163 | Unsubscribe[id=3, channel=c]",
        "07 0803 4203 0a0163 | Presence[id=3, channel=c]",
        "07 0803 4a03 0a0163 | PresenceStats[id=3, channel=c]",
        "0b 0803 5207 0a0163 3802 4801 | History[id=3, channel=c, limit=2, since=null, isReverse=true]",
        "12 0803 520e 0a0163 38ffffffffffffffffff01 | History[id=3, channel=c, limit=-1, since=null, isReverse=false]",
        "0e 0803 520a 0a0163 42050807 120165 | History[id=3, channel=c, limit=0, since=Place[epoch=e, offset=7], isReverse=false]",
        "0a 0803 3203 0a0163 f80101 | Unsubscribe[id=3, channel=c]",
      })
  void readsEachCall(String hex, String call) {
    assertEquals("[" + call + "]", codec.read(bytes(hex)).toString());
  }

  @Test
  void readsAllThatASubscribeAndAPublishSay() {
    Call.Subscribe subscribe =
        (Call.Subscribe)
            codec.read(bytes("17 0803 2a13 0a0163 120174 1801 320165 3809 5801 7002 7801")).get(0);
    assertEquals(
        new Call.Subscribe(3, "c", "t", new Call.Place("e", 9), true, true, false, false),
        subscribe);
    Call.Publish publish = (Call.Publish) codec.read(bytes("0a 0803 3a06 0a0163 120131")).get(0);
    assertEquals("1", new String(publish.data(), UTF_8));
  }

  @Test
  void readsWhereAClientStandsInSubscriptionsOfTheServer() {
    Call.Connect connect =
        (Call.Connect)
            codec.read(bytes("14 0801 2210 1a0e 0a0163 1209 1801 320165 3802 7002")).get(0);
    assertEquals(Map.of("c", new Call.Place("e", 2)), connect.channels());
  }

  @Test
  void anOffsetBeyondOursStaysBeyond() {
    Call.History history =
        (Call.History) codec.read(bytes("14 0803 5210 0a0163 420b 08ffffffffffffffffff01")).get(0);
    assertEquals(Long.MAX_VALUE, history.since().offset());
  }

  /** No message; cut; a group, however deep; a text that is none; no id; no request. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "05 0801 2200",
        "ffffffff0f 00",
        "80",
        "04 0b0c 2200",
        "07 0803 3203 0a01ff",
        "02 2200",
        "02 0801",
        "02 0007",
      })
  void whatIsBrokenIsMalformed(String hex) {
    List<Call> calls = codec.read(bytes(hex));
    assertInstanceOf(Call.Malformed.class, calls.get(calls.size() - 1));
  }

  @Test
  void aDeepGroupCostsNoStack() {
    byte[] groups = new byte[1 << 16];
    Arrays.fill(groups, (byte) 0x0b);
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.writeBytes(bytes("808004"));
    frame.writeBytes(groups);
    assertInstanceOf(Call.Malformed.class, codec.read(frame.toByteArray()).get(0));
  }

  @Test
  void callsBeforeABrokenOneAreRead() {
    assertEquals("[Ping[id=2], Malformed[]]", codec.read(bytes("04 0802 5a00 0908")).toString());
  }

  /** Seeded, so that a failure comes again. */
  @Test
  void noFrameMakesItThrow() {
    byte[] good = bytes("17 0803 2a13 0a0163 120174 1801 320165 3809 5801 7002 7801 04 0802 5a00");
    Random random = new Random(20261201);
    for (int i = 0; i < 200_000; i++) {
      byte[] frame = Arrays.copyOf(good, 1 + random.nextInt(good.length));
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      }
      assertTrue(!codec.read(frame).isEmpty());
    }
  }

  @Test
  void aPayloadIsWhatItsBytesAre() {
    PayloadReader payloads = new PayloadReader(ProductDefaults.wireLimits());
    assertEquals(null, codec.payload("{\"a\":1}".getBytes(UTF_8), payloads).contentType());
    assertEquals("text/plain", codec.payload("hé".getBytes(UTF_8), payloads).contentType());
    assertEquals(
        "application/octet-stream",
        codec.payload(new byte[] {(byte) 0xff}, payloads).contentType());
    assertEquals("application/octet-stream", codec.payload(new byte[] {0}, payloads).contentType());
  }

  @Test
  void writesEachReply() {
    Codec.Refreshed forEver = new Codec.Refreshed(0);
    Codec.Refreshed aWhile = new Codec.Refreshed(9);
    Call.Place place = new Call.Place("e", 3);
    assertFrame(
        "19 0801 2a15 0a0163 1208 746964656c696e65 1801 2009 3819 4001",
        codec.connected(1, new Codec.Connected("c", aWhile, 25)));
    assertFrame("04 0802 3200", codec.subscribed(2, new Codec.Subscribed(null, null, forEver)));
    assertFrame(
        "11 0802 320d 1801 320165 4803 5001 4001 6001",
        codec.subscribed(2, new Codec.Subscribed(place, true, forEver)));
    assertFrame("04 0803 3a00", codec.done(3, Codec.Done.UNSUBSCRIBE));
    assertFrame("04 0803 4200", codec.done(3, Codec.Done.PUBLISH));
    assertFrame("04 0803 6200", codec.done(3, Codec.Done.PING));
    assertFrame("08 0803 5204 0802 1001", codec.presenceStats(3, 2, 1));
    assertFrame("08 0803 7204 1801 2009", codec.refreshed(3, aWhile));
    assertFrame("08 0803 7a04 0801 1009", codec.subRefreshed(3, aWhile));
    assertFrame("04 0803 7200", codec.refreshed(3, forEver));
    assertFrame("0c 0803 1208 0864 12027878 1801", codec.error(3, ErrorCode.INTERNAL, "xx"));
    assertFrame("09 0803 5a05 120165 1807", codec.history(3, List.of(), "e", 7));
    assertFrame(
        "14 0803 4a10 0a0e 0a0163 1209 0a0175 120163 1a0131",
        codec.presence(3, List.of(new Codec.Client("c", "u", "1".getBytes(UTF_8), NOTHING))));
    assertFrame("00", codec.ping());
  }

  @Test
  void writesEachPush() {
    Codec.Client client = new Codec.Client("c", "u", NOTHING, NOTHING);
    assertFrame("0f 220d 1201 78 2a08 0a06 0a0175 120163", codec.joined("x", client));
    assertFrame("0f 220d 1201 78 3208 0a06 0a0175 120163", codec.left("x", client));
    assertFrame("0d 220b 120178 3a06 10c413 1a0172", codec.unsubscribedByServer("x", 2500, "r"));
    assertFrame(
        "10 220e 120178 4a09 0801 220165 2803 3001",
        codec.subscribedByServer(
            "x", new Codec.Subscribed(new Call.Place("e", 3), null, new Codec.Refreshed(0))));
  }

  @Test
  void writesAPublication() {
    Publication stored =
        new Publication(
            new Channel("x"),
            5,
            7,
            Instant.EPOCH,
            null,
            "u",
            Map.of("k", "v"),
            new Payload("application/octet-stream", new byte[] {1, 2}),
            "c");
    assertFrame(
        "1d 221b 120178 2216 22020102 2a06 0a0175 120163 3007 3a06 0a016b 120176",
        codec.publications().encode(stored));
  }

  private static void assertFrame(String hex, byte[] frame) {
    assertTrue(WebSocketFrames.isBinary(frame));
    assertEquals(
        hex.replace(" ", ""),
        HEX.formatHex(frame, WebSocketFrames.payloadOffset(frame), frame.length));
  }

  private static byte[] bytes(String hex) {
    return HEX.parseHex(hex.replace(" ", ""));
  }
}
