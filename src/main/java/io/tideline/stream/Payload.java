package io.tideline.stream;

import java.util.Objects;

/**
 * The body of a message, kept byte for byte as it came.
 *
 * @param contentType null: JSON (already checked); else the media type that the publisher named
 * @param bytes not copied, and not to be changed by anyone after it is handed over
 */
public record Payload(String contentType, byte[] bytes) {
  public static final int CONTENT_TYPE_CHARS_MAX = 200;

  public Payload {
    Objects.requireNonNull(bytes);
    if (contentType != null && !isContentType(contentType)) {
      throw new InvalidInputException(
          InvalidInputException.Subject.CONTENT,
          "A content type has at most "
              + CONTENT_TYPE_CHARS_MAX
              + " printable ASCII characters, as in 'text/plain'.");
    }
  }

  public boolean isJson() {
    return contentType == null;
  }

  private static boolean isContentType(String text) {
    return text.length() <= CONTENT_TYPE_CHARS_MAX
        && text.indexOf('/') > 0
        && text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
  }
}
