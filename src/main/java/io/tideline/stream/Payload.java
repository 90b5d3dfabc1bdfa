package io.tideline.stream;

import java.util.Arrays;
import java.util.Objects;

/**
 * The body of a message, kept byte for byte as it came. The bytes are not copied, and nobody may
 * change them after they are handed over.
 */
public final class Payload {
  public static final int CONTENT_TYPE_CHARS_MAX = 200;

  private final String contentType;
  private final byte[] bytes;

  /**
   * @param contentType null: JSON (already checked); else the media type that the publisher named
   */
  public Payload(String contentType, byte[] bytes) {
    this.contentType = contentType;
    this.bytes = Objects.requireNonNull(bytes);
    if (contentType != null && !isContentType(contentType)) {
      throw new InvalidInputException(
          InvalidInputException.Subject.CONTENT,
          "A content type has at most "
              + CONTENT_TYPE_CHARS_MAX
              + " printable ASCII characters, as in 'text/plain'.");
    }
  }

  /** Null for JSON. */
  public String contentType() {
    return contentType;
  }

  /** Not a copy; not to be changed. */
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  public boolean isJson() {
    return contentType == null;
  }

  private static boolean isContentType(String text) {
    return text.length() <= CONTENT_TYPE_CHARS_MAX
        && text.indexOf('/') > 0
        && text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Payload that
        && Objects.equals(contentType, that.contentType)
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hashCode(contentType) + Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return (contentType == null ? "application/json" : contentType)
        + ", "
        + bytes.length
        + " bytes";
  }
}
