package parts;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON value that still knows its own text: payloads are compared as they came, not as they were
 * understood.
 *
 * <p>Strict where a lenient reader would hide a fault of the server: trailing text and repeated
 * names are refused.
 */
public final class Json {
  private final String source;
  private final int start;
  private final int end;
  private final Object value;

  private Json(String source, int start, int end, Object value) {
    this.source = source;
    this.start = start;
    this.end = end;
    this.value = value;
  }

  public static Json parse(String text) {
    return new Parser(text).document();
  }

  public static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16).append('"');
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  /** The text between this value's first and last character. */
  public String raw() {
    return source.substring(start, end);
  }

  public boolean has(String name) {
    return value instanceof Map<?, ?> members && members.containsKey(name);
  }

  /** True where the member is absent or null, which the contract doesn't tell apart. */
  public boolean lacks(String name) {
    return !has(name) || get(name).value == null;
  }

  public Json get(String name) {
    if (value instanceof Map<?, ?> members && members.get(name) instanceof Json member) {
      return member;
    }
    throw new IllegalArgumentException("no member '" + name + "' in " + raw());
  }

  public List<Json> items() {
    if (!(value instanceof List<?> list)) {
      throw new IllegalArgumentException("not an array: " + raw());
    }
    return list.stream().map(Json.class::cast).toList();
  }

  public String text() {
    return as(String.class);
  }

  public long number() {
    return as(Long.class);
  }

  public boolean truth() {
    return as(Boolean.class);
  }

  private <T> T as(Class<T> type) {
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException("not a " + type.getSimpleName() + ": " + raw());
    }
    return type.cast(value);
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    Json document() {
      Json document = value();
      space();
      if (at < text.length()) {
        throw wrong("the end");
      }
      return document;
    }

    private Json value() {
      space();
      int start = at;
      Object value =
          switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> literal("true", true);
            case 'f' -> literal("false", false);
            case 'n' -> literal("null", null);
            default -> number();
          };
      return new Json(text, start, at, value);
    }

    private Map<String, Json> object() {
      Map<String, Json> members = new LinkedHashMap<>();
      at++;
      for (space(); peek() != '}'; space()) {
        if (!members.isEmpty()) {
          expect(',');
          space();
        }
        String name = string();
        space();
        expect(':');
        if (members.put(name, value()) != null) {
          throw wrong("'" + name + "' only once");
        }
      }
      at++;
      return members;
    }

    private List<Json> array() {
      List<Json> items = new ArrayList<>();
      at++;
      for (space(); peek() != ']'; space()) {
        if (!items.isEmpty()) {
          expect(',');
        }
        items.add(value());
      }
      at++;
      return items;
    }

    private String string() {
      expect('"');
      StringBuilder out = new StringBuilder();
      while (peek() != '"') {
        char c = text.charAt(at++);
        out.append(c == '\\' ? escaped() : c);
      }
      at++;
      return out.toString();
    }

    private char escaped() {
      char c = text.charAt(at++);
      return switch (c) {
        case 'n' -> '\n';
        case 't' -> '\t';
        case 'r' -> '\r';
        case 'b' -> '\b';
        case 'f' -> '\f';
        case '"', '\\', '/' -> c;
        case 'u' -> (char) Integer.parseInt(text, (at += 4) - 4, at, 16);
        default -> throw wrong("an escape");
      };
    }

    private Object literal(String word, Object value) {
      if (!text.startsWith(word, at)) {
        throw wrong(word);
      }
      at += word.length();
      return value;
    }

    private Object number() {
      int start = at;
      while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      if (start == at) {
        throw wrong("a value");
      }
      String digits = text.substring(start, at);
      return digits.chars().allMatch(c -> c == '-' || Character.isDigit(c))
          ? (Object) Long.valueOf(digits)
          : Double.valueOf(digits);
    }

    private void space() {
      while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private char peek() {
      if (at >= text.length()) {
        throw wrong("more");
      }
      return text.charAt(at);
    }

    private void expect(char c) {
      if (peek() != c) {
        throw wrong("'" + c + "'");
      }
      at++;
    }

    private IllegalArgumentException wrong(String expected) {
      return new IllegalArgumentException("expected " + expected + " at " + at + " of: " + text);
    }
  }
}
