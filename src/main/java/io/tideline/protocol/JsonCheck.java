package io.tideline.protocol;

import java.util.Optional;

/**
 * Whether bytes are exactly one JSON value by RFC 8259: valid UTF-8 without a byte order mark,
 * nothing before or after it but white space, nested no deeper than allowed. Escapes of lone
 * surrogates are allowed, as the RFC allows them; names that stand twice in an object aren't looked
 * for.
 *
 * <p>One pass over the bytes; nothing is built. It descends by recursion, which the depth bounds.
 */
public final class JsonCheck {
  /** What may be asked for: the recursion needs stack. */
  public static final int DEPTH_LIMIT = 1000;

  private final byte[] bytes;
  private final int depthMax;
  private int at;
  private String fault;

  private JsonCheck(byte[] bytes, int depthMax) {
    this.bytes = bytes;
    this.depthMax = depthMax;
  }

  /**
   * Empty if it is JSON.
   *
   * @param depthMax how deep arrays and objects may be nested, at most {@value #DEPTH_LIMIT}
   */
  public static Optional<Fault> fault(byte[] bytes, int depthMax) {
    if (depthMax > DEPTH_LIMIT) {
      throw new IllegalArgumentException("depth " + depthMax + " is beyond " + DEPTH_LIMIT);
    }
    JsonCheck check = new JsonCheck(bytes, depthMax);
    return check.isWhole() ? Optional.empty() : Optional.of(new Fault(check.at, check.fault));
  }

  /** Where it stops being JSON, and why. */
  public record Fault(int at, String why) {
    public String message() {
      return "Not JSON at byte " + at + ": " + why + ".";
    }
  }

  private boolean isWhole() {
    if (bytes.length >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb) {
      return fail("a byte order mark, which JSON doesn't have");
    }
    skipSpace();
    if (!isValue(0)) {
      return false;
    }
    skipSpace();
    return at == bytes.length || fail("something follows the value");
  }

  private boolean isValue(int depth) {
    if (at == bytes.length) {
      return fail("a value is missing");
    }
    return switch (bytes[at]) {
      case '{' -> depth < depthMax ? isObject(depth + 1) : failTooDeep();
      case '[' -> depth < depthMax ? isArray(depth + 1) : failTooDeep();
      case '"' -> isString();
      case 't' -> isLiteral("true");
      case 'f' -> isLiteral("false");
      case 'n' -> isLiteral("null");
      default -> isNumber();
    };
  }

  private boolean isObject(int depth) {
    at++;
    skipSpace();
    if (take('}')) {
      return true;
    }
    do {
      skipSpace();
      if (!isName() || !isValue(depth)) {
        return false;
      }
      skipSpace();
    } while (take(','));
    return take('}') || fail("neither ',' nor '}'");
  }

  private boolean isArray(int depth) {
    at++;
    skipSpace();
    if (take(']')) {
      return true;
    }
    do {
      skipSpace();
      if (!isValue(depth)) {
        return false;
      }
      skipSpace();
    } while (take(','));
    return take(']') || fail("neither ',' nor ']'");
  }

  /** A name and its colon, up to its value. */
  private boolean isName() {
    if (at == bytes.length || bytes[at] != '"') {
      return fail("a name in double quotes is missing");
    }
    if (!isString()) {
      return false;
    }
    skipSpace();
    if (!take(':')) {
      return fail("':' is missing");
    }
    skipSpace();
    return true;
  }

  private boolean isString() {
    at++;
    while (at < bytes.length) {
      byte b = bytes[at];
      if (b == '"') {
        at++;
        return true;
      }
      if (b < 0) {
        int next = Utf8.afterSequence(bytes, at);
        if (next < 0) {
          return fail("not UTF-8");
        }
        at = next;
      } else if (b == '\\') {
        if (!isEscape()) {
          return false;
        }
      } else if (b < ' ') {
        return fail("a control character that must be escaped");
      } else {
        at++;
      }
    }
    return fail("a string has no end");
  }

  private boolean isEscape() {
    int kind = at + 1 < bytes.length ? bytes[at + 1] : -1;
    if (kind == 'u') {
      for (int i = at + 2; i < at + 6; i++) {
        if (i >= bytes.length || Character.digit(bytes[i], 16) < 0) {
          return fail("'\\u' needs four hexadecimal digits");
        }
      }
      at += 6;
      return true;
    }
    if (kind < 0 || "\"\\/bfnrt".indexOf(kind) < 0) {
      return fail("no such escape");
    }
    at += 2;
    return true;
  }

  private boolean isLiteral(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (at + i >= bytes.length || bytes[at + i] != word.charAt(i)) {
        return fail("not a JSON value");
      }
    }
    at += word.length();
    return true;
  }

  private boolean isNumber() {
    boolean isNegative = take('-');
    if (at == bytes.length || bytes[at] < '0' || bytes[at] > '9') {
      return fail(isNegative ? "a digit is missing" : "not a JSON value");
    }
    if (!take('0')) {
      skipDigits();
    }
    if (take('.') && skipDigits() == 0) {
      return fail("a digit is missing");
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      return skipDigits() > 0 || fail("a digit is missing");
    }
    return true;
  }

  private int skipDigits() {
    int start = at;
    while (at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at - start;
  }

  private void skipSpace() {
    while (at < bytes.length && isSpace(bytes[at])) {
      at++;
    }
  }

  public static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private boolean take(char expected) {
    if (at < bytes.length && bytes[at] == expected) {
      at++;
      return true;
    }
    return false;
  }

  private boolean failTooDeep() {
    return fail("nested deeper than allowed");
  }

  private boolean fail(String why) {
    fault = why;
    return false;
  }
}
