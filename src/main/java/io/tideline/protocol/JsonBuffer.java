package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;

/**
 * Growing bytes with what is needed to write JSON into them. Callers put the commas. Not
 * thread-safe; lives as long as one encoding.
 */
public final class JsonBuffer {
  private static final byte[] HEX = "0123456789abcdef".getBytes(US_ASCII);

  /** For each byte below 0x80: 0 if it stands for itself in a string, else what to write. */
  private static final byte[][] ESCAPES = escapes();

  private byte[] bytes;
  private int length;

  public JsonBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  public int length() {
    return length;
  }

  public byte[] toBytes() {
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  /** Room that the caller fills in later by {@link #set}. */
  public JsonBuffer skip(int count) {
    ensure(count);
    length += count;
    return this;
  }

  public void set(int index, int value) {
    bytes[index] = (byte) value;
  }

  /** Puts one byte in another's place wherever that stands from there on. */
  public void replaceFrom(int start, char old, char replacement) {
    for (int i = start; i < length; i++) {
      if (bytes[i] == (byte) old) {
        bytes[i] = (byte) replacement;
      }
    }
  }

  public byte[] copyFrom(int start) {
    return Arrays.copyOfRange(bytes, start, length);
  }

  public JsonBuffer raw(byte[] source) {
    return raw(source, 0, source.length);
  }

  public JsonBuffer raw(byte[] source, int from, int to) {
    ensure(to - from);
    System.arraycopy(source, from, bytes, length, to - from);
    length += to - from;
    return this;
  }

  public JsonBuffer raw(char ascii) {
    return octet(ascii);
  }

  public JsonBuffer octet(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public JsonBuffer raw(String ascii) {
    int chars = ascii.length();
    ensure(chars);
    for (int i = 0; i < chars; i++) {
      bytes[length++] = (byte) ascii.charAt(i);
    }
    return this;
  }

  public JsonBuffer number(long value) {
    if (value < 0) {
      return raw(Long.toString(value));
    }
    int digits = 1;
    for (long rest = value / 10; rest > 0; rest /= 10) {
      digits++;
    }
    ensure(digits);
    long rest = value;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /** Any Java string as a JSON string; a lone surrogate becomes its escape. */
  public JsonBuffer string(String text) {
    raw('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        asciiInString(c);
      } else if (c < 0x800) {
        octet(0xc0 | (c >> 6)).continuation(c);
      } else if (!Character.isSurrogate(c)) {
        threeBytes(c);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        fourBytes(Character.toCodePoint(c, text.charAt(++i)));
      } else {
        raw("\\u").raw(Integer.toHexString(c));
      }
    }
    return raw('"');
  }

  /** Valid UTF-8 as a JSON string. */
  public JsonBuffer text(byte[] utf8) {
    raw('"');
    ensure(utf8.length);
    int written = 0;
    for (int i = 0; i < utf8.length; i++) {
      byte b = utf8[i];
      if (b >= 0 && ESCAPES[b] != null) {
        raw(utf8, written, i).raw(ESCAPES[b]);
        written = i + 1;
      }
    }
    return raw(utf8, written, utf8.length).raw('"');
  }

  public JsonBuffer base64(byte[] source) {
    return raw('"').raw(Base64.getEncoder().encode(source)).raw('"');
  }

  /**
   * A checked JSON value on one line: a line break can only stand between its tokens, where a space
   * says the same.
   */
  public JsonBuffer value(byte[] json) {
    ensure(json.length);
    for (byte b : json) {
      bytes[length++] = b == '\n' || b == '\r' ? (byte) ' ' : b;
    }
    return this;
  }

  /** RFC 3339 in UTC with microseconds, as a JSON string. */
  public JsonBuffer time(Instant time) {
    LocalDateTime utc =
        LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(), ZoneOffset.UTC);
    return raw('"')
        .padded(utc.getYear(), 4)
        .raw('-')
        .padded(utc.getMonthValue(), 2)
        .raw('-')
        .padded(utc.getDayOfMonth(), 2)
        .raw('T')
        .padded(utc.getHour(), 2)
        .raw(':')
        .padded(utc.getMinute(), 2)
        .raw(':')
        .padded(utc.getSecond(), 2)
        .raw('.')
        .padded(utc.getNano() / 1000, 6)
        .raw("Z\"");
  }

  private JsonBuffer padded(int value, int digits) {
    ensure(digits);
    int rest = value;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }

  private void asciiInString(char c) {
    byte[] escape = ESCAPES[c];
    if (escape == null) {
      raw(c);
    } else {
      raw(escape);
    }
  }

  private void threeBytes(int c) {
    octet(0xe0 | (c >> 12)).continuation(c >> 6).continuation(c);
  }

  private void fourBytes(int c) {
    octet(0xf0 | (c >> 18)).continuation(c >> 12).continuation(c >> 6).continuation(c);
  }

  private JsonBuffer continuation(int bits) {
    return octet(0x80 | (bits & 0x3f));
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
    }
  }

  private static byte[][] escapes() {
    byte[][] escapes = new byte[0x80][];
    for (int i = 0; i < 0x20; i++) {
      escapes[i] = new byte[] {'\\', 'u', '0', '0', HEX[i >> 4], HEX[i & 15]};
    }
    escapes['\b'] = "\\b".getBytes(US_ASCII);
    escapes['\t'] = "\\t".getBytes(US_ASCII);
    escapes['\n'] = "\\n".getBytes(US_ASCII);
    escapes['\f'] = "\\f".getBytes(US_ASCII);
    escapes['\r'] = "\\r".getBytes(US_ASCII);
    escapes['"'] = "\\\"".getBytes(US_ASCII);
    escapes['\\'] = "\\\\".getBytes(US_ASCII);
    return escapes;
  }
}
