package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonCheckTest {
  private static final int DEPTH = 64;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        " \t\r\n true ",
        "0",
        "-0",
        "-0.0e-0",
        "1E+2",
        "123456789012345678901234567890",
        "\"\"",
        "\"\\u0000\\ud800\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\ud800\udc00\udbff\udfff\"",
        "[]",
        "[ ]",
        "{}",
        "{ }",
        "[[],{},[1,2],{\"a\":{\"a\":1,\"a\":2}}]",
        "{\"\":0}"
      })
  void takesJson(String json) {
    assertEquals(Optional.empty(), JsonCheck.fault(json.getBytes(UTF_8), DEPTH));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "nul",
        "nulll",
        "True",
        "NaN",
        "Infinity",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "0x1",
        "--1",
        "1 2",
        "{} {}",
        "[",
        "]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[}",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "\"",
        "\"\\\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u123\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\0\"",
        "// c\n1",
        "/**/1",
        "\ufeff1",
        "1\ufeff",
        "\u00a01",
        "[1]\0"
      })
  void refusesWhatIsNotJson(String text) {
    assertTrue(JsonCheck.fault(text.getBytes(UTF_8), DEPTH).isPresent());
  }

  /** Overlong forms, surrogates, beyond U+10FFFF, cut off, stray bytes, and UTF-16 and -32. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "22c080 22",
        "22c1bf22",
        "22e0809f22",
        "22e09fbf22",
        "22eda08022",
        "22edbfbf22",
        "22f08fbfbf22",
        "22f490808022",
        "22f58080 8022",
        "2280 22",
        "22ff22",
        "22c322",
        "22e28222",
        "22f09d8422",
        "22c3",
        "22e282",
        "22f09d84",
        "00220061 0022",
        "2200 6100 2200",
        "00000031",
        "31000000",
        "efbb",
        "efbbbf31",
        "fffe3100"
      })
  void refusesWhatIsNotUtf8(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    assertTrue(JsonCheck.fault(bytes, DEPTH).isPresent());
  }

  @Test
  void countsDepthExactly() {
    String deepest = "[".repeat(DEPTH) + "]".repeat(DEPTH);
    assertTrue(JsonCheck.fault(deepest.getBytes(UTF_8), DEPTH).isEmpty());
    assertTrue(JsonCheck.fault(("[" + deepest + "]").getBytes(UTF_8), DEPTH).isPresent());
    String mixed = "{\"a\":[".repeat(DEPTH / 2) + "1" + "]}".repeat(DEPTH / 2);
    assertTrue(JsonCheck.fault(mixed.getBytes(UTF_8), DEPTH).isEmpty());
    assertTrue(JsonCheck.fault(mixed.getBytes(UTF_8), DEPTH - 1).isPresent());
  }

  @Test
  void survivesAMillionBrackets() {
    byte[] brackets = "[".repeat(1_000_000).getBytes(UTF_8);
    assertTrue(JsonCheck.fault(brackets, JsonCheck.DEPTH_LIMIT).isPresent());
    assertThrows(
        IllegalArgumentException.class, () -> JsonCheck.fault(brackets, JsonCheck.DEPTH_LIMIT + 1));
  }

  @Test
  void saysWhere() {
    JsonCheck.Fault fault = JsonCheck.fault("{\"a\":tru}".getBytes(UTF_8), DEPTH).orElseThrow();
    assertEquals("Not JSON at byte 5: not a JSON value.", fault.message());
  }

  @Test
  void judgesAsJacksonDoes() {
    int refused = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      Samples samples = new Samples(seed);
      byte[] bytes = samples.json(5).getBytes(UTF_8);
      assertTrue(JsonCheck.fault(bytes, DEPTH).isEmpty(), () -> new String(bytes, UTF_8));
      byte[] mutant = samples.mutate(bytes);
      boolean isJson = isJsonForJackson(mutant);
      assertEquals(
          isJson, JsonCheck.fault(mutant, DEPTH).isEmpty(), () -> new String(mutant, UTF_8));
      refused += isJson ? 0 : 1;
    }
    assertTrue(refused > 5_000 && refused < 20_000, "mutants refused: " + refused);
  }

  @Test
  void neverThrowsOnRandomBytes() {
    for (int seed = 0; seed < 20_000; seed++) {
      byte[] bytes = new Samples(seed).bytes(40);
      boolean isJson = JsonCheck.fault(bytes, DEPTH).isEmpty();
      assertFalse(isJson && !isJsonForJackson(bytes), () -> HexFormat.of().formatHex(bytes));
    }
  }

  /**
   * Jackson guesses encodings (by zero bytes and byte order marks) and forgives some bytes that are
   * no UTF-8; that is ruled out first.
   */
  private static boolean isJsonForJackson(byte[] bytes) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      if (text.startsWith("\ufeff") || text.indexOf('\0') >= 0) {
        return false;
      }
      try (JsonParser parser = new JsonFactory().createParser(bytes)) {
        if (parser.nextToken() == null) {
          return false;
        }
        parser.skipChildren();
        parser.getValueAsString();
        return parser.nextToken() == null;
      }
    } catch (IOException e) {
      return false;
    }
  }
}
