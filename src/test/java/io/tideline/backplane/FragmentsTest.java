package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentsTest {
  private static final int CHARS_MAX = 100;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 98, 99, 100, 101, 1000, 4000})
  void joinsWhatItSplitInAnyOrder(int length) {
    String text = "abc:=.".repeat(length).substring(0, length);
    List<String> pieces = new ArrayList<>(Fragments.split(text, CHARS_MAX));
    assertTrue(pieces.stream().allMatch(piece -> piece.length() <= CHARS_MAX));
    Collections.shuffle(pieces, new Random(length));
    Fragments fragments = new Fragments();
    for (String piece : pieces.subList(0, pieces.size() - 1)) {
      assertEquals(Optional.empty(), fragments.join(piece));
    }
    assertEquals(Optional.of(text), fragments.join(pieces.get(pieces.size() - 1)));
  }

  @Test
  void dropsWhatNeedsTooManyPieces() {
    assertEquals(
        List.of(), Fragments.split("x".repeat(Fragments.PIECES_MAX * CHARS_MAX), CHARS_MAX));
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 20, 1 << 26, Integer.MAX_VALUE})
  void aChannelForLongMessagesTakesAShortText(int charsMax) {
    assertTrue(Fragments.fits("short", charsMax));
    assertEquals(List.of("=short"), Fragments.split("short", charsMax));
  }

  @Test
  void forgetsTheOldestUnfinishedText() {
    Fragments fragments = new Fragments();
    List<String> oldest = Fragments.split("o".repeat(150), CHARS_MAX);
    fragments.join(oldest.get(0));
    for (int i = 0; i <= Fragments.TEXTS_MAX; i++) {
      fragments.join(Fragments.split("x".repeat(150), CHARS_MAX).get(0));
    }
    for (String piece : oldest.subList(1, oldest.size())) {
      assertEquals(Optional.empty(), fragments.join(piece));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "a.b.c:",
        "a.0.0:",
        "a.-1.2:x",
        "a.2.2:x",
        "a.0.65:x",
        "a.0:x",
        ":",
        "a.0.99999999999:x"
      })
  void handsOnWhatItDidNotWrite(String message) {
    assertEquals(Optional.of(message), new Fragments().join(message));
  }
}
