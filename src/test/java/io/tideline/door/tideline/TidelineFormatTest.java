package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.protocol.JsonBuffer;
import io.tideline.protocol.PublicationJson;
import io.tideline.protocol.Samples;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class TidelineFormatTest {
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 30, 50, 125, 126, 127, 65_000, 65_535, 65_536, 70_000, 1 << 20})
  void aTextFrameIsWholeAndUnmasked(int padding) {
    Publication publication = publication(null, "\"" + "x".repeat(padding) + "\"");
    byte[] frame = TidelineFormat.TEXT.encode(publication);
    assertEquals(0x81, frame[0] & 0xff);
    assertFalse(WebSocketFrames.isBinary(frame));
    assertArrayEquals(json(publication), content(frame));
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
      byte[] frame = TidelineFormat.BINARY.encode(publication);
      if (!WebSocketFrames.isBinary(frame)) {
        assertArrayEquals(TidelineFormat.TEXT.encode(publication), frame);
        assertTrue(Samples.parse(content(frame)).has("data"));
        continue;
      }
      binary++;
      ByteBuffer content = ByteBuffer.wrap(content(frame));
      assertEquals(TidelineFormat.BINARY_VERSION, content.get());
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
    byte[] frame = TidelineFormat.BINARY.encode(publication);
    assertFalse(WebSocketFrames.isBinary(frame));
    assertEquals("AA==", Samples.parse(content(frame)).get("data_base64").textValue());
  }

  /** The publication object alone. */
  public static byte[] json(Publication publication) {
    JsonBuffer out = PublicationJson.buffer(publication);
    PublicationJson.write(publication, out);
    return out.toBytes();
  }

  /** What stands in a frame, read as RFC 6455 says. */
  public static byte[] content(byte[] frame) {
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

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  public static byte[] join(byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }
}
