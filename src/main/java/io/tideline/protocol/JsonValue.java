package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A value inside a JSON text that {@link JsonCheck} has passed: a range of its bytes, so that a
 * payload can be cut out as it came. Since the text is known to be JSON, finding the end of a value
 * is counting brackets outside strings.
 */
public final class JsonValue {
  /** What writes whole numbers with a fraction knows nothing beyond doubles. */
  private static final double WHOLE_MAX = 0x1p53 - 1;

  /** No double is written with more. */
  private static final int NUMBER_CHARS_MAX = 32;

  private final byte[] json;
  private final int from;
  private final int to;

  private JsonValue(byte[] json, int from, int to) {
    this.json = json;
    this.from = from;
    this.to = to;
  }

  /** The value that a checked text is. */
  public static JsonValue of(byte[] checked) {
    int from = skipSpace(checked, 0);
    return new JsonValue(checked, from, end(checked, from));
  }

  public boolean isObject() {
    return json[from] == '{';
  }

  public boolean isArray() {
    return json[from] == '[';
  }

  public boolean isString() {
    return json[from] == '"';
  }

  public boolean isTrue() {
    return json[from] == 't';
  }

  public boolean isFalse() {
    return json[from] == 'f';
  }

  /** Whether it is a whole number, not below 0, however it is written: as 1, 1.0 or 1e0. */
  public boolean isWholeNumber() {
    return hasOnlyDigits() || whole() != null;
  }

  private boolean hasOnlyDigits() {
    for (int i = from; i < to; i++) {
      if (json[i] < '0' || json[i] > '9') {
        return false;
      }
    }
    return true;
  }

  /** Of a number that isn't written in digits alone; null if it isn't whole, or out of all use. */
  private @Nullable Long whole() {
    boolean isNumber = json[from] == '-' || (json[from] >= '0' && json[from] <= '9');
    if (!isNumber || to - from > NUMBER_CHARS_MAX) {
      return null;
    }
    double value = Double.parseDouble(written());
    if (!(value >= 0 && value <= WHOLE_MAX)) {
      return null;
    }
    try {
      return new BigDecimal(written()).longValueExact();
    } catch (ArithmeticException | NumberFormatException hasFraction) {
      return null;
    }
  }

  /** The bytes as they came. */
  public byte[] bytes() {
    return Arrays.copyOfRange(json, from, to);
  }

  /** The digits of a whole number; any other as it is written. */
  public String digits() {
    Long whole = hasOnlyDigits() ? null : whole();
    return whole == null ? written() : whole.toString();
  }

  private String written() {
    return new String(json, from, to - from, UTF_8);
  }

  /** What a string says. */
  public String text() {
    return unescape(new String(json, from + 1, to - from - 2, UTF_8));
  }

  /**
   * The values of an object's known fields, in their order.
   *
   * @throws UnreadableException if it has another field, or one twice
   */
  public Map<String, JsonValue> fields(Set<String> known) {
    Map<String, JsonValue> fields = new LinkedHashMap<>();
    int at = skipSpace(json, from + 1);
    while (json[at] != '}') {
      int nameEnd = end(json, at);
      String name = new JsonValue(json, at, nameEnd).text();
      if (!known.contains(name)) {
        throw UnreadableException.unknownField(name, known);
      }
      int value = skipSpace(json, skipSpace(json, nameEnd) + 1);
      int valueEnd = end(json, value);
      if (fields.put(name, new JsonValue(json, value, valueEnd)) != null) {
        throw new UnreadableException(Problem.INVALID_COMMAND, "'" + name + "' occurs twice.");
      }
      at = afterComma(valueEnd);
    }
    return fields;
  }

  /** Names and values of an object whose names are the client's own; the last of equals wins. */
  public Map<String, JsonValue> entries() {
    Map<String, JsonValue> entries = new LinkedHashMap<>();
    int at = skipSpace(json, from + 1);
    while (json[at] != '}') {
      int nameEnd = end(json, at);
      int value = skipSpace(json, skipSpace(json, nameEnd) + 1);
      int valueEnd = end(json, value);
      entries.put(new JsonValue(json, at, nameEnd).text(), new JsonValue(json, value, valueEnd));
      at = afterComma(valueEnd);
    }
    return entries;
  }

  /** An array's elements, one more than allowed at most. */
  public List<JsonValue> elements(int max) {
    List<JsonValue> elements = new ArrayList<>();
    int at = skipSpace(json, from + 1);
    while (json[at] != ']' && elements.size() <= max) {
      int end = end(json, at);
      elements.add(new JsonValue(json, at, end));
      at = afterComma(end);
    }
    return elements;
  }

  private int afterComma(int valueEnd) {
    int at = skipSpace(json, valueEnd);
    return json[at] == ',' ? skipSpace(json, at + 1) : at;
  }

  private static int skipSpace(byte[] json, int from) {
    int at = from;
    while (JsonCheck.isSpace(json[at])) {
      at++;
    }
    return at;
  }

  /** Where the value that begins at {@code from} ends. */
  private static int end(byte[] json, int from) {
    return switch (json[from]) {
      case '"' -> endOfString(json, from);
      case '{', '[' -> endOfContainer(json, from);
      default -> endOfScalar(json, from);
    };
  }

  private static int endOfString(byte[] json, int from) {
    int at = from + 1;
    while (json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  private static int endOfContainer(byte[] json, int from) {
    int depth = 0;
    int at = from;
    do {
      switch (json[at]) {
        case '"' -> at = endOfString(json, at) - 1;
        case '{', '[' -> depth++;
        case '}', ']' -> depth--;
        default -> {}
      }
      at++;
    } while (depth > 0);
    return at;
  }

  private static int endOfScalar(byte[] json, int from) {
    int at = from;
    while (at < json.length && ",]} \n\r\t".indexOf(json[at]) < 0) {
      at++;
    }
    return at;
  }

  private static String unescape(String raw) {
    int escape = raw.indexOf('\\');
    if (escape < 0) {
      return raw;
    }
    StringBuilder out = new StringBuilder(raw.length());
    int copied = 0;
    while (escape >= 0) {
      out.append(raw, copied, escape);
      char kind = raw.charAt(escape + 1);
      if (kind == 'u') {
        out.append((char) Integer.parseInt(raw, escape + 2, escape + 6, 16));
        copied = escape + 6;
      } else {
        out.append(meaning(kind));
        copied = escape + 2;
      }
      escape = raw.indexOf('\\', copied);
    }
    return out.append(raw, copied, raw.length()).toString();
  }

  private static char meaning(char escape) {
    return switch (escape) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      default -> escape;
    };
  }
}
