package io.tideline.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {
  private static final long EPOCH_MAX = (1L << 48) - 1;

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 127, 128, 16_383, 16_384, 1L << 40, Long.MAX_VALUE})
  void comesBackAsItWent(long offset) {
    Position position = new Position(EPOCH_MAX, offset);
    assertEquals(position, Position.parse(position.encode()));
    assertTrue(position.encode().length() <= Position.ENCODED_CHARS_MAX);
    assertTrue(position.encode().matches("[A-Za-z0-9_-]+"), "is URL-safe");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "x", "AQ", "43", "earliest", "AQAAAAAAAQ", "%%%", "AQAAAAAAAf8", "\u0000"})
  void refusesWhatItDidNotGive(String text) {
    assertThrows(InvalidInputException.class, () -> Position.parse(text));
  }

  @Test
  void refusesBytesLeftOver() {
    byte[] bytes = Base64.getUrlDecoder().decode(new Position(7, 9).encode());
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(longer);
    assertThrows(InvalidInputException.class, () -> Position.parse(text));
  }

  @Test
  void refusesEverythingElseInOneWay() {
    Random random = new Random(42);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 0 && i % 2 == 0) {
        bytes[0] = (byte) (1 + random.nextInt(2));
      }
      parse(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
      parse(new String(bytes, StandardCharsets.ISO_8859_1));
    }
  }

  private static void parse(String text) {
    try {
      Position position = Position.parse(text);
      assertEquals(position, Position.parse(position.encode()));
    } catch (InvalidInputException expected) {
      assertEquals(InvalidInputException.Subject.POSITION, expected.subject());
    }
    try {
      VectorPosition.parse(text);
    } catch (InvalidInputException expected) {
      assertEquals(InvalidInputException.Subject.POSITION, expected.subject());
    }
  }

  @Test
  void aVectorOfSixtyFourChannelsStaysBelowItsBound() {
    Map<Long, Long> offsets = new HashMap<>();
    for (int i = 0; i < VectorPosition.CHANNELS_MAX; i++) {
      offsets.put(new Channel("c" + i).hash48(), Long.MAX_VALUE - i);
    }
    VectorPosition vector = new VectorPosition(EPOCH_MAX, offsets);
    String text = vector.encode();
    assertTrue(text.length() <= 1536, text.length() + " characters");
    assertEquals(vector, VectorPosition.parse(text));
  }

  @Test
  void aVectorKnowsItsChannelsByName() {
    VectorPosition vector = new VectorPosition(5, Map.of(new Channel("a").hash48(), 7L));
    assertEquals(new Position(5, 7), vector.of(new Channel("a")));
    assertNull(vector.of(new Channel("b")));
  }

  @Test
  void theTwoKindsAreNotMistakenForEachOther() {
    assertThrows(
        InvalidInputException.class, () -> VectorPosition.parse(new Position(1, 2).encode()));
    assertThrows(
        InvalidInputException.class,
        () -> Position.parse(new VectorPosition(1, Map.of(3L, 4L)).encode()));
  }
}
