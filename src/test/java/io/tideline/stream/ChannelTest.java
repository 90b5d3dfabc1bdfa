package io.tideline.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChannelTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "orders:42", "user:7@example.com", "A-b_c.d~e:f", "a::"})
  void takesNames(String name) {
    assertEquals(name, new Channel(name).name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ":a", ".a", "-a", "_a", "~a", "@a", "a b", "a/b", "../a", "a%2fb", "a\r\nb", "a\nb",
        "a\0", "ä", "а", "a*", "a?", "a#", "a\u202e", "a\\b", "ａ"
      })
  void refusesOtherNames(String name) {
    assertThrows(InvalidInputException.class, () -> new Channel(name));
  }

  @Test
  void endsAtTwoHundredCharacters() {
    assertEquals(200, new Channel("a".repeat(200)).name().length());
    assertThrows(InvalidInputException.class, () -> new Channel("a".repeat(201)));
    assertThrows(InvalidInputException.class, () -> new Channel(null));
  }

  @Test
  void findsTheNamespaceBeforeTheFirstColon() {
    assertEquals("orders", new Channel("orders:42:eu").namespace());
    assertEquals("default", new Channel("orders").namespace());
  }

  @Test
  void hashesNamesApart() {
    assertNotEquals(new Channel("a").hash48(), new Channel("b").hash48());
    assertEquals(0, new Channel("a").hash48() >>> 48);
  }
}
