package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JsonValueTest {
  @Test
  void findsWhatJacksonFinds() {
    int containers = 0;
    for (int seed = 0; seed < 5_000; seed++) {
      byte[] json = new Samples(seed).json(5).getBytes(UTF_8);
      JsonValue value = JsonValue.of(json);
      compare(Samples.parse(json), value);
      containers += value.isObject() || value.isArray() ? 1 : 0;
    }
    assertTrue(containers > 1_000, "objects and arrays seen: " + containers);
  }

  private static void compare(JsonNode expected, JsonValue value) {
    assertEquals(expected, Samples.parse(value.bytes()));
    assertEquals(expected.isBoolean() && expected.booleanValue(), value.isTrue());
    assertEquals(expected.isBoolean() && !expected.booleanValue(), value.isFalse());
    if (expected.isTextual()) {
      assertEquals(expected.textValue(), value.text());
    } else if (expected.isArray()) {
      List<JsonValue> elements = value.elements(10);
      assertEquals(expected.size(), elements.size());
      for (int i = 0; i < elements.size(); i++) {
        compare(expected.get(i), elements.get(i));
      }
    } else if (expected.isObject()) {
      Map<String, JsonValue> entries = value.entries();
      assertEquals(expected.size(), entries.size());
      entries.forEach((name, entry) -> compare(expected.get(name), entry));
    } else if (expected.isNumber()) {
      assertEquals(value.digits().matches("[0-9]+"), value.isWholeNumber());
    }
  }

  @Test
  void stopsAtOneMoreThanAllowed() {
    JsonValue array = JsonValue.of("[1,2,3,4]".getBytes(UTF_8));
    assertEquals(3, array.elements(2).size());
    assertEquals(4, array.elements(4).size());
  }

  @Test
  void readsEveryEscape() {
    String json = "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\ude00\\ud800x\"";
    assertEquals("\"\\/\b\f\n\r\tA😀\ud800x", JsonValue.of(json.getBytes(UTF_8)).text());
  }

  @Test
  void knowsAFieldHoweverItIsWritten() {
    JsonValue object = JsonValue.of("{\"\\u0061\":1}".getBytes(UTF_8));
    assertEquals(Set.of("a"), object.fields(Set.of("a")).keySet());
    JsonValue twice = JsonValue.of("{\"a\":1,\"\\u0061\":2}".getBytes(UTF_8));
    assertThrows(UnreadableException.class, () -> twice.fields(Set.of("a")));
  }
}
