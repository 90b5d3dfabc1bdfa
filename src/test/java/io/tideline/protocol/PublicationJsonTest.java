package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.tideline.door.tideline.TidelineFormatTest;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

public class PublicationJsonTest {
  private static final Instant TIME = Instant.parse("2026-11-21T06:00:00.123456Z");
  private static final DateTimeFormatter MICROSECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  @Test
  void writesWhatTheContractShows() {
    Publication publication =
        new Publication(
            new Channel("orders:42"),
            7,
            43,
            TIME,
            "paid",
            "user-1",
            Map.of("trace", "a\"b"),
            new Payload("text/plain", "héllo\n".getBytes(UTF_8)));
    assertEquals(
        "{\"channel\":\"orders:42\",\"offset\":43,\"position\":\""
            + new Position(7, 43).encode()
            + "\",\"time\":\"2026-11-21T06:00:00.123456Z\",\"type\":\"paid\",\"sender\":\"user-1\","
            + "\"contentType\":\"text/plain\",\"headers\":{\"trace\":\"a\\\"b\"},"
            + "\"data\":\"héllo\\n\"}",
        json(publication));
  }

  @Test
  void leavesOutWhatIsAbsent() {
    Publication bare = publication(0, new Payload(null, "{\"n\": 1.0}".getBytes(UTF_8)));
    assertEquals(
        "{\"channel\":\"c\",\"time\":\"2026-11-21T06:00:00.123456Z\",\"data\":{\"n\": 1.0}}",
        json(bare));
  }

  @Test
  void writesTimesWithMicroseconds() {
    for (String time :
        new String[] {
          "1970-01-01T00:00:00Z",
          "1969-12-31T23:59:59.999999Z",
          "2000-02-29T12:00:00.000001Z",
          "9999-12-31T23:59:59.999999Z",
          "0001-01-01T00:00:00Z"
        }) {
      Publication publication =
          new Publication(
              new Channel("c"),
              1,
              1,
              Instant.parse(time),
              null,
              null,
              Map.of(),
              new Payload(null, new byte[] {'1'}));
      assertEquals(
          MICROSECONDS.format(Instant.parse(time)),
          Samples.parse(TidelineFormatTest.json(publication)).get("time").textValue());
    }
  }

  @Test
  void anySenderIsAString() throws IOException {
    for (String sender :
        new String[] {
          "\"", "\ud800", "\udc00x", "\ud83dx", "\ud83d€", "a\ud83d\ude00b", "\u0000", "€"
        }) {
      Publication publication =
          new Publication(
              new Channel("c"), 1, 1, TIME, null, sender, Map.of(), new Payload(null, bytes("1")));
      byte[] json = TidelineFormatTest.json(publication);
      assertTrue(JsonCheck.fault(json, 64).isEmpty());
      assertEquals(sender, Samples.parse(json).get("sender").textValue());
    }
  }

  @Test
  void whatIsNoTextIsBase64() {
    for (byte[] payload :
        List.of(
            bytes("a\0b"), new byte[] {(byte) 0xff}, new byte[] {(byte) 0xed, (byte) 0xa0, 0x41})) {
      JsonNode node =
          Samples.parse(TidelineFormatTest.json(publication(1, new Payload("x/y", payload))));
      assertFalse(node.has("data"));
      assertArrayEquals(
          payload, java.util.Base64.getDecoder().decode(node.get("data_base64").textValue()));
    }
  }

  @Test
  void isReadByJacksonAsItWasMeant() throws IOException {
    for (int seed = 0; seed < 5_000; seed++) {
      Publication publication = new Samples(seed).publication();
      byte[] json = TidelineFormatTest.json(publication);
      assertTrue(JsonCheck.fault(json, 70).isEmpty(), () -> new String(json, UTF_8));
      assertFalse(Utf8.contains(json, '\n') || Utf8.contains(json, '\r'), "is one line");
      check(publication, Samples.parse(json));
    }
  }

  public static void check(Publication publication, JsonNode node) throws IOException {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    assertTrue(names.get(names.size() - 1).startsWith("data"), "data is last");
    assertEquals(publication.channel().name(), node.get("channel").textValue());
    if (publication.isEphemeral()) {
      assertFalse(node.has("offset") || node.has("position"));
    } else {
      assertEquals(publication.offset(), node.get("offset").longValue());
      assertEquals(publication.position(), Position.parse(node.get("position").textValue()));
    }
    assertEquals(publication.time(), Instant.parse(node.get("time").textValue()));
    assertEquals(publication.type(), text(node, "type"));
    assertEquals(publication.sender(), text(node, "sender"));
    assertEquals(publication.payload().contentType(), text(node, "contentType"));
    assertEquals(publication.headers().isEmpty(), !node.has("headers"));
    publication
        .headers()
        .forEach((name, value) -> assertEquals(value, node.get("headers").get(name).textValue()));
    checkData(publication.payload(), node);
  }

  private static void checkData(Payload payload, JsonNode node) throws IOException {
    if (payload.isJson()) {
      assertEquals(Samples.parse(payload.bytes()), node.get("data"));
    } else if (node.has("data")) {
      assertArrayEquals(payload.bytes(), node.get("data").textValue().getBytes(UTF_8));
    } else {
      assertArrayEquals(payload.bytes(), node.get("data_base64").binaryValue());
      assertTrue(isNoText(payload.bytes()), "text is not hidden in base64");
    }
  }

  private static boolean isNoText(byte[] bytes) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString().indexOf('\0') >= 0;
    } catch (CharacterCodingException e) {
      return true;
    }
  }

  private static String text(JsonNode node, String name) {
    return node.has(name) ? node.get(name).textValue() : null;
  }

  private static Publication publication(long epoch, Payload payload) {
    return new Publication(new Channel("c"), epoch, 1, TIME, null, null, Map.of(), payload);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static String json(Publication publication) {
    return new String(TidelineFormatTest.json(publication), UTF_8);
  }
}
