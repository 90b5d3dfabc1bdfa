package io.tideline.stream;

import io.tideline.stream.InvalidInputException.Subject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;

/**
 * A channel by its name: 1–200 characters of {@code A-Z a-z 0-9 _ . : @ ~ -}, beginning with a
 * letter or digit. What stands before the first {@code :} is its namespace, which selects the
 * settings.
 */
public record Channel(String name) implements Comparable<Channel> {
  public static final int NAME_CHARS_MAX = 200;
  public static final String DEFAULT_NAMESPACE = "default";

  public Channel {
    if (!isValid(name)) {
      throw new InvalidInputException(
          Subject.CHANNEL, "A channel name may not " + fault(name) + ".");
    }
  }

  private static String fault(String name) {
    if (name == null || name.isEmpty()) {
      return "be empty";
    }
    if (name.length() > NAME_CHARS_MAX) {
      return "have " + name.length() + " characters";
    }
    int wrong = 0;
    while (wrong < name.length() && isAllowed(name.charAt(wrong))) {
      wrong++;
    }
    return wrong == name.length()
        ? "begin with '" + name.charAt(0) + "'"
        : "have " + printable(name.codePointAt(wrong)) + " in it";
  }

  private static String printable(int codePoint) {
    return codePoint > ' ' && codePoint < 0x7f
        ? "'" + (char) codePoint + "'"
        : String.format(Locale.ROOT, "U+%04X", codePoint);
  }

  public static boolean isValid(String name) {
    if (name == null || name.isEmpty() || name.length() > NAME_CHARS_MAX) {
      return false;
    }
    if (!isLetterOrDigit(name.charAt(0))) {
      return false;
    }
    for (int i = 1; i < name.length(); i++) {
      if (!isAllowed(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isAllowed(char c) {
    return isLetterOrDigit(c) || "_.:@~-".indexOf(c) >= 0;
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /** What stands before the first colon, or {@value #DEFAULT_NAMESPACE}. */
  public String namespace() {
    int colon = name.indexOf(':');
    return colon < 0 ? DEFAULT_NAMESPACE : name.substring(0, colon);
  }

  /**
   * The 48 bits by which a vector position names this channel: the head of SHA-256 over the name.
   */
  public long hash48() {
    byte[] digest = sha256().digest(name.getBytes(StandardCharsets.US_ASCII));
    long hash = 0;
    for (int i = 0; i < 6; i++) {
      hash = (hash << 8) | (digest[i] & 0xff);
    }
    return hash;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public int compareTo(Channel other) {
    return name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return name;
  }
}
