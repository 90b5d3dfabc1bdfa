package io.tideline.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTest {
  private static final Message PLAIN =
      Message.of(new Channel("a"), new Payload(null, "1".getBytes(StandardCharsets.UTF_8)));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "open",
        "error",
        "message",
        "tideline.gap",
        "Tideline.x",
        "a b",
        "a\nid: 7",
        "a\r",
        "ä",
        "a/b"
      })
  void refusesTypesThatAClientCouldMistake(String type) {
    assertThrows(InvalidInputException.class, () -> PLAIN.withType(type));
  }

  @Test
  void takesOtherTypes() {
    assertEquals("order.paid:v2_x-1", PLAIN.withType("order.paid:v2_x-1").type());
    assertThrows(InvalidInputException.class, () -> PLAIN.withType("a".repeat(101)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a\n", "ä", "\0"})
  void refusesKeysThatAreNotPrintable(String key) {
    assertThrows(InvalidInputException.class, () -> PLAIN.withKey(key));
  }

  @Test
  void boundsKeys() {
    assertEquals(255, PLAIN.withKey("k".repeat(255)).key().length());
    assertThrows(InvalidInputException.class, () -> PLAIN.withKey("k".repeat(256)));
  }

  @Test
  void boundsHeadersAndKeepsLineBreaksOut() {
    assertEquals(Map.of("a", "x".repeat(4095)), with(Map.of("a", "x".repeat(4095))).headers());
    assertThrows(InvalidInputException.class, () -> with(Map.of("a", "x".repeat(4096))));
    assertThrows(InvalidInputException.class, () -> with(Map.of("a", "x\r\ny")));
    assertThrows(InvalidInputException.class, () -> with(Map.of("a b", "x")));
    assertThrows(InvalidInputException.class, () -> with(Map.of("", "x")));
  }

  @Test
  void refusesContentTypesThatAreNone() {
    assertThrows(InvalidInputException.class, () -> new Payload("text", new byte[0]));
    assertThrows(InvalidInputException.class, () -> new Payload("text/plain\r\nX: y", new byte[0]));
    assertThrows(
        InvalidInputException.class, () -> new Payload("a/" + "b".repeat(200), new byte[0]));
  }

  private static Message with(Map<String, String> headers) {
    return new Message(PLAIN.channel(), PLAIN.payload(), null, null, headers, null, null);
  }
}
