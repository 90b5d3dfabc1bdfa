package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.hub.Format;
import io.tideline.protocol.EventStream.Event;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireFormatTest {
  @Test
  void eachFormatHasItsOwnSlot() {
    Set<Integer> slots = new HashSet<>();
    for (WireFormat format : WireFormat.values()) {
      assertTrue(format.slot() >= 0 && format.slot() < Format.SLOTS_MAX);
      assertTrue(slots.add(format.slot()));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 30, 50, 125, 126, 127, 65_000, 65_535, 65_536, 70_000, 1 << 20})
  void aTextFrameIsWholeAndUnmasked(int padding) {
    Publication publication = publication(null, "\"" + "x".repeat(padding) + "\"");
    byte[] frame = WireFormat.WEBSOCKET_TEXT.encode(publication);
    assertEquals(0x81, frame[0] & 0xff);
    assertFalse(WebSocketFrames.isBinary(frame));
    assertArrayEquals(WireFormat.JSON.encode(publication), content(frame));
  }

  @Test
  void aFrameKnowsItsLengthInEachForm() {
    for (int length : new int[] {0, 1, 125, 126, 127, 255, 256, 65_535, 65_536, 70_000}) {
      JsonBuffer out = new JsonBuffer(8).skip(WebSocketFrames.HEADER_BYTES_MAX);
      byte[] frame = WebSocketFrames.text(out.raw(new byte[length]));
      assertEquals(length, content(frame).length);
      int header = length <= 125 ? 2 : length <= 65_535 ? 4 : 10;
      assertEquals(header, WebSocketFrames.payloadOffset(frame));
      assertEquals(header + length, frame.length);
    }
  }

  @Test
  void binaryFramesCarryOnlyWhatIsNeitherJsonNorText() throws IOException {
    int binary = 0;
    for (int seed = 0; seed < 3_000; seed++) {
      Publication publication = new Samples(seed).publication();
      byte[] frame = WireFormat.WEBSOCKET_BINARY.encode(publication);
      if (!WebSocketFrames.isBinary(frame)) {
        assertArrayEquals(WireFormat.WEBSOCKET_TEXT.encode(publication), frame);
        assertTrue(Samples.parse(content(frame)).has("data"));
        continue;
      }
      binary++;
      ByteBuffer content = ByteBuffer.wrap(content(frame));
      assertEquals(WireFormat.BINARY_VERSION, content.get());
      byte[] head = new byte[content.getShort() & 0xffff];
      content.get(head);
      byte[] payload = new byte[content.remaining()];
      content.get(payload);
      assertArrayEquals(publication.payload().bytes(), payload);
      assertFalse(Samples.parse(head).has("data") || Samples.parse(head).has("data_base64"));
      assertEquals(publication.channel().name(), Samples.parse(head).get("channel").textValue());
    }
    assertTrue(binary > 500, "binary frames seen: " + binary);
  }

  @Test
  void aHeadThatIsTooLongForABinaryFrameGoesAsText() {
    Publication publication =
        new Publication(
            new Channel("c"),
            1,
            1,
            Instant.EPOCH,
            null,
            "s".repeat(70_000),
            Map.of(),
            new Payload("x/y", new byte[] {0}));
    byte[] frame = WireFormat.WEBSOCKET_BINARY.encode(publication);
    assertFalse(WebSocketFrames.isBinary(frame));
    assertEquals("AA==", Samples.parse(content(frame)).get("data_base64").textValue());
  }

  @Test
  void anEventSourceGetsThePayloadAsItWasPublished() {
    Publication typed = publication("paid", "{\n  \"n\": 1\n}\n");
    EventStream stream = EventStream.of(WireFormat.SSE.encode(typed));
    String id = typed.position().encode();
    assertEquals(List.of(new Event("paid", "{\n  \"n\": 1\n}\n", id)), stream.events());
    assertEquals(
        "id: " + id + "\nevent: paid\ndata: 1\n\n",
        new String(WireFormat.SSE.encode(publication("paid", "1")), UTF_8));
  }

  /** As from a file of Windows: no token is any other, and the event is an ordinary one. */
  @ParameterizedTest
  @ValueSource(strings = {"{\r\n  \"n\": [1,\r2]\r\n}\r\n", "\r{\"n\":\r[1,2]}", "{\"n\":[1,2]}\r"})
  void carriageReturnsBetweenTokensBecomeSpaces(String json) {
    EventStream stream = EventStream.of(WireFormat.SSE.encode(publication("paid", json)));
    Event event = stream.events().get(0);
    assertEquals(1, stream.events().size());
    assertEquals("paid", event.type());
    assertEquals(
        Samples.parse("{\"n\":[1,2]}".getBytes(UTF_8)),
        Samples.parse(event.data().getBytes(UTF_8)));
    assertEquals(json.replace('\r', ' '), event.data());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\n", "\n\n", " \n x", ":", "id: 1", "\ufeff", "data:\n"})
  void oddPayloadsStayWhatTheyAre(String payload) {
    EventStream stream = EventStream.of(WireFormat.SSE.encode(text(payload)));
    assertEquals(1, stream.events().size());
    assertEquals(payload, stream.events().get(0).data());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\rb", "a\r\nid: forged\r\n\r\n", "a\0b", "\r"})
  void whatCouldBreakOutComesAsAnObject(String payload) {
    EventStream stream = EventStream.of(WireFormat.SSE.encode(text(payload)));
    Event event = stream.events().get(0);
    assertEquals(1, stream.events().size());
    assertEquals(WireFormat.ENVELOPED, event.type());
    assertEquals(text(payload).position().encode(), event.lastEventId());
    assertEquals("c", Samples.parse(event.data().getBytes(UTF_8)).get("channel").textValue());
  }

  /** Whatever is published: one event, its id, its type, its data, and the next one whole. */
  @Test
  void nothingBreaksOutOfAnEvent() throws IOException {
    for (int seed = 0; seed < 5_000; seed++) {
      Publication first = new Samples(seed).publication();
      Publication second = new Samples(seed + 100_000L).publication();
      for (WireFormat format : List.of(WireFormat.SSE, WireFormat.SSE_ENVELOPE)) {
        EventStream stream = EventStream.of(join(format.encode(first), format.encode(second)));
        assertEquals(2, stream.events().size());
        checkEvent(format, first, stream.events().get(0), "");
        checkEvent(format, second, stream.events().get(1), stream.events().get(0).lastEventId());
      }
      EventStream shared =
          EventStream.of(
              join(
                  WireFormat.SSE_SHARED.encode(first),
                  ServerEvents.sharedEnd("V1"),
                  WireFormat.SSE_SHARED.encode(second),
                  ServerEvents.sharedEnd(null)));
      assertEquals(2, shared.events().size());
      assertEquals("V1", shared.events().get(0).lastEventId());
      assertEquals("V1", shared.lastId());
      PublicationJsonTest.check(second, Samples.parse(bytes(shared.events().get(1).data())));
    }
  }

  /** A type is checked when it comes in; were it not, it still couldn't forge a field. */
  @ParameterizedTest
  @ValueSource(strings = {"a\nid: forged", "a\rid: forged", "a\0", "a b\r\n\r\ndata: x", ""})
  void aForgedTypeStaysOutside(String type) {
    for (WireFormat format : List.of(WireFormat.SSE, WireFormat.SSE_ENVELOPE)) {
      Publication publication = publication(type, "1");
      List<Event> events = EventStream.of(format.encode(publication)).events();
      assertEquals(1, events.size());
      assertEquals(publication.position().encode(), events.get(0).lastEventId());
      assertEquals("message", events.get(0).type());
    }
  }

  private static void checkEvent(
      WireFormat format, Publication publication, Event event, String idBefore) throws IOException {
    String id = publication.isEphemeral() ? idBefore : publication.position().encode();
    assertEquals(id, event.lastEventId());
    boolean isJson = publication.payload().isJson();
    boolean isObject =
        format == WireFormat.SSE_ENVELOPE || (!isJson && isUnfit(publication.payload().bytes()));
    if (isObject) {
      PublicationJsonTest.check(publication, Samples.parse(bytes(event.data())));
    } else if (isJson) {
      assertEquals(
          new String(publication.payload().bytes(), UTF_8).replace('\r', ' '), event.data());
    } else {
      assertArrayEquals(publication.payload().bytes(), bytes(event.data()));
    }
    String type = publication.type() == null ? "message" : publication.type();
    boolean isNamed = isObject && format == WireFormat.SSE;
    assertEquals(isNamed ? WireFormat.ENVELOPED : type, event.type());
  }

  private static boolean isUnfit(byte[] payload) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
      return text.indexOf('\r') >= 0 || text.indexOf('\0') >= 0;
    } catch (CharacterCodingException e) {
      return true;
    }
  }

  /** What stands in a frame, read as RFC 6455 says. */
  static byte[] content(byte[] frame) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    in.get();
    int length = in.get();
    assertTrue(length >= 0, "a server doesn't mask");
    long bytes = length == 126 ? in.getShort() & 0xffff : length == 127 ? in.getLong() : length;
    assertEquals(bytes, in.remaining(), "the length is that of what follows");
    assertEquals(in.position(), WebSocketFrames.payloadOffset(frame));
    return Arrays.copyOfRange(frame, in.position(), frame.length);
  }

  private static Publication publication(String type, String json) {
    return new Publication(
        new Channel("c"),
        9,
        5,
        Instant.EPOCH,
        type,
        null,
        Map.of(),
        new Payload(null, bytes(json)));
  }

  private static Publication text(String payload) {
    return new Publication(
        new Channel("c"),
        9,
        5,
        Instant.EPOCH,
        null,
        null,
        Map.of(),
        new Payload("text/plain", bytes(payload)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static byte[] join(byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }
}
