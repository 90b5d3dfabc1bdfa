package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.hub.Format;
import io.tideline.net.websocket.Deflation;
import io.tideline.protocol.Samples;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class SocketFormatsTest {
  private static final int BYTES_MIN = 300;
  private static final int RSV1 = 0x40;

  private final List<int[]> told = new ArrayList<>();
  private final SocketFormats deflated =
      SocketFormats.deflated(
          new Deflation(BYTES_MIN, (before, after) -> told.add(new int[] {before, after})));

  @Test
  void lanesWaitForWhatOneOfThemDeflates() {
    assertTrue(deflated.text().isCostly() && deflated.binary().isCostly());
    assertFalse(SocketFormats.PLAIN.text().isCostly() || SocketFormats.PLAIN.binary().isCostly());
  }

  /** Whatever is published is the same frame once it is inflated, in either format. */
  @Test
  void aDeflatedFrameIsThePlainOne() throws DataFormatException {
    int smaller = 0;
    for (int seed = 0; seed < 2_000; seed++) {
      Publication publication = new Samples(seed).publication();
      smaller += check(publication, SocketFormats.PLAIN.text(), deflated.text());
      smaller += check(publication, SocketFormats.PLAIN.binary(), deflated.binary());
    }
    assertTrue(smaller > 500, "deflated frames seen: " + smaller);
  }

  @Test
  void theLengthIsRightInEachForm() throws DataFormatException {
    Random random = new Random(7);
    for (int length : new int[] {400, 2_000, 30_000, 65_000, 200_000}) {
      StringBuilder text = new StringBuilder("\"");
      random.ints(length, '0', '4').forEach(digit -> text.append((char) digit));
      Publication publication = publication(text.append('"').toString().getBytes(UTF_8));
      assertEquals(1, check(publication, SocketFormats.PLAIN.text(), deflated.text()));
    }
  }

  @Test
  void whatIsSmallOrDoesNotBecomeSmallerStaysAsItIs() {
    byte[] small = ("\"" + "x".repeat(100) + "\"").getBytes(UTF_8);
    assertArrayEquals(
        TidelineFormat.TEXT.encode(publication(small)), deflated.text().encode(publication(small)));
    assertEquals(0, told.size(), "it isn't even tried");

    byte[] noise = new byte[5_000];
    new Random(1).nextBytes(noise);
    Publication publication =
        new Publication(
            new Channel("c"),
            9,
            5,
            Instant.EPOCH,
            null,
            null,
            Map.of(),
            new Payload("image/png", noise));
    byte[] plain = TidelineFormat.BINARY.encode(publication);
    byte[] frame = deflated.binary().encode(publication);
    assertTrue(frame.length <= plain.length);
    assertEquals(1, told.size());
    assertArrayEquals(new int[] {plain.length, frame.length}, told.get(0));
  }

  @Test
  void theThresholdIsOfTheContent() {
    int length = TidelineFormatTest.json(publication("\"\"".getBytes(UTF_8))).length;
    for (int content : new int[] {BYTES_MIN - 1, BYTES_MIN}) {
      String payload = "\"" + "x".repeat(content - length) + "\"";
      byte[] frame = deflated.text().encode(publication(payload.getBytes(UTF_8)));
      assertEquals(content == BYTES_MIN, (frame[0] & RSV1) != 0);
    }
  }

  /** 1 if it was deflated. */
  private static int check(Publication publication, Format format, Format deflatedFormat)
      throws DataFormatException {
    byte[] plain = format.encode(publication);
    byte[] frame = deflatedFormat.encode(publication);
    assertArrayEquals(frame, deflatedFormat.encode(publication), "nothing is left of the last one");
    if ((frame[0] & RSV1) == 0) {
      assertArrayEquals(plain, frame);
      return 0;
    }
    assertEquals(plain[0] | RSV1, frame[0]);
    assertTrue(frame.length < plain.length);
    byte[] content = TidelineFormatTest.content(plain);
    assertArrayEquals(content, inflate(TidelineFormatTest.content(frame), content.length));
    return 1;
  }

  /** As RFC 7692, 7.2.2 says. */
  private static byte[] inflate(byte[] deflated, int length) throws DataFormatException {
    byte[] input = Arrays.copyOf(deflated, deflated.length + 4);
    input[input.length - 2] = -1;
    input[input.length - 1] = -1;
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(input);
      byte[] content = new byte[length + 1];
      return Arrays.copyOf(content, inflater.inflate(content));
    } finally {
      inflater.end();
    }
  }

  private static Publication publication(byte[] json) {
    return new Publication(
        new Channel("c"), 9, 5, Instant.EPOCH, null, null, Map.of(), new Payload(null, json));
  }
}
