package io.tideline.door.centrifuge;

import io.tideline.stream.Channel;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The channels that foreign names stand for. A name that is one of ours as it is stands for itself.
 * Any other is written in our alphabet: each byte (UTF-8) of a character outside it, and each
 * {@code ~}, as {@code ~} and two hexadecimal digits; and if it doesn't begin with a letter or a
 * digit then, a prefix comes before it. No two names stand for one channel.
 */
final class ChannelNames {
  private static final char ESCAPE = '~';
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  /** Ends in a colon, so that it names a namespace. */
  private final String prefix;

  ChannelNames(String namespace) {
    this.prefix = namespace + ":";
  }

  /** The channel; null for a name that is empty, no text, or too long for one. */
  @Nullable Channel channel(String name) {
    String escaped = escape(name);
    if (escaped == null) {
      return null;
    }
    boolean mustBePrefixed =
        !escaped.isEmpty() && (!isLetterOrDigit(escaped.charAt(0)) || escaped.startsWith(prefix));
    String ours = mustBePrefixed ? prefix + escaped : escaped;
    return Channel.isValid(ours) ? new Channel(ours) : null;
  }

  /** The foreign name of a channel; of one that no foreign name stands for, its own. */
  String name(Channel channel) {
    String ours = channel.name();
    String escaped = ours.startsWith(prefix) ? ours.substring(prefix.length()) : ours;
    if (escaped.indexOf(ESCAPE) < 0) {
      return escaped;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) != ESCAPE) {
        bytes.write(escaped.charAt(i));
      } else if (i + 2 < escaped.length() && isHex(escaped, i + 1)) {
        bytes.write(HexFormat.fromHexDigits(escaped, i + 1, i + 3));
        i += 2;
      } else {
        return ours;
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static boolean isHex(String text, int at) {
    return HexFormat.isHexDigit(text.charAt(at)) && HexFormat.isHexDigit(text.charAt(at + 1));
  }

  private static @Nullable String escape(String name) {
    ByteBuffer utf8;
    try {
      utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(name));
    } catch (CharacterCodingException noText) {
      return null;
    }
    StringBuilder escaped = new StringBuilder(name.length());
    while (utf8.hasRemaining()) {
      byte b = utf8.get();
      if (b > 0 && b != ESCAPE && isAllowed((char) b)) {
        escaped.append((char) b);
      } else {
        escaped.append(ESCAPE).append(HEX.toHexDigits(b));
      }
    }
    return escaped.toString();
  }

  private static boolean isAllowed(char c) {
    return isLetterOrDigit(c) || "_.:@-".indexOf(c) >= 0;
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
