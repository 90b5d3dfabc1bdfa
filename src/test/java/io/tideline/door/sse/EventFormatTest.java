package io.tideline.door.sse;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.protocol.EventStream;
import io.tideline.protocol.EventStream.Event;
import io.tideline.protocol.PublicationJsonTest;
import io.tideline.protocol.Samples;
import io.tideline.protocol.ServerEvents;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventFormatTest {
  @Test
  void anEventSourceGetsThePayloadAsItWasPublished() {
    Publication typed = publication("paid", "{\n  \"n\": 1\n}\n");
    EventStream stream = EventStream.of(EventFormat.PAYLOAD.encode(typed));
    String id = typed.position().encode();
    assertEquals(List.of(new Event("paid", "{\n  \"n\": 1\n}\n", id)), stream.events());
    assertEquals(
        "id: " + id + "\nevent: paid\ndata: 1\n\n",
        new String(EventFormat.PAYLOAD.encode(publication("paid", "1")), UTF_8));
  }

  /** As from a file of Windows: no token is any other, and the event is an ordinary one. */
  @ParameterizedTest
  @ValueSource(strings = {"{\r\n  \"n\": [1,\r2]\r\n}\r\n", "\r{\"n\":\r[1,2]}", "{\"n\":[1,2]}\r"})
  void carriageReturnsBetweenTokensBecomeSpaces(String json) {
    EventStream stream = EventStream.of(EventFormat.PAYLOAD.encode(publication("paid", json)));
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
    EventStream stream = EventStream.of(EventFormat.PAYLOAD.encode(text(payload)));
    assertEquals(1, stream.events().size());
    assertEquals(payload, stream.events().get(0).data());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\rb", "a\r\nid: forged\r\n\r\n", "a\0b", "\r"})
  void whatCouldBreakOutComesAsAnObject(String payload) {
    EventStream stream = EventStream.of(EventFormat.PAYLOAD.encode(text(payload)));
    Event event = stream.events().get(0);
    assertEquals(1, stream.events().size());
    assertEquals(EventFormat.ENVELOPED, event.type());
    assertEquals(text(payload).position().encode(), event.lastEventId());
    assertEquals("c", Samples.parse(event.data().getBytes(UTF_8)).get("channel").textValue());
  }

  /** Whatever is published: one event, its id, its type, its data, and the next one whole. */
  @Test
  void nothingBreaksOutOfAnEvent() throws IOException {
    for (int seed = 0; seed < 5_000; seed++) {
      Publication first = new Samples(seed).publication();
      Publication second = new Samples(seed + 100_000L).publication();
      for (EventFormat format : List.of(EventFormat.PAYLOAD, EventFormat.ENVELOPE)) {
        EventStream stream = EventStream.of(join(format.encode(first), format.encode(second)));
        assertEquals(2, stream.events().size());
        checkEvent(format, first, stream.events().get(0), "");
        checkEvent(format, second, stream.events().get(1), stream.events().get(0).lastEventId());
      }
      EventStream shared =
          EventStream.of(
              join(
                  EventFormat.SHARED.encode(first),
                  ServerEvents.sharedEnd("V1"),
                  EventFormat.SHARED.encode(second),
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
    for (EventFormat format : List.of(EventFormat.PAYLOAD, EventFormat.ENVELOPE)) {
      Publication publication = publication(type, "1");
      List<Event> events = EventStream.of(format.encode(publication)).events();
      assertEquals(1, events.size());
      assertEquals(publication.position().encode(), events.get(0).lastEventId());
      assertEquals("message", events.get(0).type());
    }
  }

  private static void checkEvent(
      EventFormat format, Publication publication, Event event, String idBefore)
      throws IOException {
    String id = publication.isEphemeral() ? idBefore : publication.position().encode();
    assertEquals(id, event.lastEventId());
    boolean isJson = publication.payload().isJson();
    boolean isObject =
        format == EventFormat.ENVELOPE || (!isJson && isUnfit(publication.payload().bytes()));
    if (isObject) {
      PublicationJsonTest.check(publication, Samples.parse(bytes(event.data())));
    } else if (isJson) {
      assertEquals(
          new String(publication.payload().bytes(), UTF_8).replace('\r', ' '), event.data());
    } else {
      assertArrayEquals(publication.payload().bytes(), bytes(event.data()));
    }
    String type = publication.type() == null ? "message" : publication.type();
    boolean isNamed = isObject && format == EventFormat.PAYLOAD;
    assertEquals(isNamed ? EventFormat.ENVELOPED : type, event.type());
  }

  private static boolean isUnfit(byte[] payload) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
      return text.indexOf('\r') >= 0 || text.indexOf('\0') >= 0;
    } catch (CharacterCodingException e) {
      return true;
    }
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

  private static byte[] join(byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }
}
