package io.tideline.stream;

import io.tideline.stream.InvalidInputException.Subject;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher hands over; valid once it exists.
 *
 * @param type null, or 1–100 of {@code A-Z a-z 0-9 _ . : -}; not {@code open}, {@code error},
 *     {@code message} (an EventSource dispatches these itself) and nothing that begins with {@code
 *     tideline.}
 * @param sender null, or the publisher's subject where the namespace says so
 * @param headers names in lower case without their prefix; {@value #HEADER_BYTES_MAX} bytes in all
 * @param key null, or an idempotency key of 1–{@value #KEY_CHARS_MAX} printable ASCII characters
 * @param ifMatch null, or the position that must still be the channel's head
 * @param origin null, or what the protocol calls the connection that publishes it: 1–{@value
 *     #ORIGIN_CHARS_MAX} characters. It goes with the live publication, on all nodes, so that a
 *     connection can be spared its own; it is not stored, and no client is shown it
 */
public record Message(
    Channel channel,
    Payload payload,
    String type,
    String sender,
    Map<String, String> headers,
    String key,
    Position ifMatch,
    @Nullable String origin) {
  public static final int TYPE_CHARS_MAX = 100;
  public static final int KEY_CHARS_MAX = 255;
  public static final int HEADER_BYTES_MAX = 4096;
  public static final int ORIGIN_CHARS_MAX = 100;

  public Message {
    Objects.requireNonNull(channel);
    Objects.requireNonNull(payload);
    headers = Map.copyOf(headers);
    checkType(type);
    checkKey(key);
    checkHeaders(headers);
    checkOrigin(origin);
  }

  /** A message that no connection needs to be spared. */
  public Message(
      Channel channel,
      Payload payload,
      String type,
      String sender,
      Map<String, String> headers,
      String key,
      Position ifMatch) {
    this(channel, payload, type, sender, headers, key, ifMatch, null);
  }

  /** A message with nothing but a payload. */
  public static Message of(Channel channel, Payload payload) {
    return new Message(channel, payload, null, null, Map.of(), null, null);
  }

  public Message withKey(String newKey) {
    return new Message(channel, payload, type, sender, headers, newKey, ifMatch, origin);
  }

  public Message withType(String newType) {
    return new Message(channel, payload, newType, sender, headers, key, ifMatch, origin);
  }

  public Message withIfMatch(Position position) {
    return new Message(channel, payload, type, sender, headers, key, position, origin);
  }

  public Message withSender(String newSender) {
    return new Message(channel, payload, type, newSender, headers, key, ifMatch, origin);
  }

  public Message withOrigin(@Nullable String newOrigin) {
    return new Message(channel, payload, type, sender, headers, key, ifMatch, newOrigin);
  }

  /** Protocols give what they made themselves, or have checked. */
  private static void checkOrigin(@Nullable String origin) {
    if (origin != null && (origin.isEmpty() || origin.length() > ORIGIN_CHARS_MAX)) {
      throw new IllegalArgumentException("an origin of " + origin.length() + " characters");
    }
  }

  private static void checkType(String type) {
    if (type == null) {
      return;
    }
    boolean reserved =
        type.equals("open")
            || type.equals("error")
            || type.equals("message")
            || type.toLowerCase(Locale.ROOT).startsWith("tideline.");
    if (reserved) {
      throw new InvalidInputException(Subject.TYPE, "This type is reserved for the server.");
    }
    if (type.isEmpty() || type.length() > TYPE_CHARS_MAX) {
      throw new InvalidInputException(
          Subject.TYPE, "A type can't have " + type.length() + " characters.");
    }
    if (!type.chars().allMatch(Message::inType)) {
      throw new InvalidInputException(
          Subject.TYPE, "This type contains a character that is not allowed.");
    }
  }

  private static boolean inType(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "_.:-".indexOf(c) >= 0;
  }

  private static void checkKey(String key) {
    if (key == null) {
      return;
    }
    if (key.isEmpty() || key.length() > KEY_CHARS_MAX) {
      throw new InvalidInputException(
          Subject.KEY, "An idempotency key may not have " + key.length() + " characters.");
    }
    if (!key.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw new InvalidInputException(
          Subject.KEY, "This idempotency key has a character that isn't printable ASCII.");
    }
  }

  private static void checkHeaders(Map<String, String> headers) {
    int bytes = 0;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      boolean printable =
          header.getKey().chars().allMatch(Message::inType)
              && header.getValue().chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7f));
      if (header.getKey().isEmpty() || !printable) {
        throw new InvalidInputException(
            Subject.HEADERS,
            "Header '" + header.getKey() + "' must be printable ASCII, without line breaks.");
      }
      bytes += header.getKey().length() + header.getValue().length();
    }
    if (bytes > HEADER_BYTES_MAX) {
      throw new InvalidInputException(
          Subject.HEADERS, "The headers of this message have " + bytes + " bytes in all.");
    }
  }
}
