package io.tideline.protocol;

import io.tideline.stream.Payload;
import java.util.Locale;
import java.util.Optional;

/** Decides what a payload is, and whether it is what it says. */
public final class PayloadReader {
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  private final WireLimits limits;

  public PayloadReader(WireLimits limits) {
    this.limits = limits;
  }

  /**
   * The payload that these bytes are. What says that it is {@value #JSON} must be, and carries no
   * content type from then on.
   *
   * @param contentType as the client named it, or null: {@value #BYTES}
   */
  public Payload read(String contentType, byte[] bytes) {
    checkSize(bytes);
    String named = contentType == null ? BYTES : contentType.strip();
    if (!isJson(named)) {
      return new Payload(named, bytes);
    }
    Optional<JsonCheck.Fault> fault = JsonCheck.fault(bytes, limits.jsonDepthMax());
    if (fault.isPresent()) {
      throw new UnreadableException(Problem.INVALID_JSON, fault.get().message());
    }
    return new Payload(null, bytes);
  }

  /** A payload that was checked as part of what it came in. */
  public Payload json(byte[] checked) {
    checkSize(checked);
    return new Payload(null, checked);
  }

  private void checkSize(byte[] bytes) {
    if (bytes.length > limits.messageBytesMax()) {
      throw new UnreadableException(
          Problem.MESSAGE_TOO_LARGE,
          "The payload has "
              + bytes.length
              + " bytes; allowed are "
              + limits.messageBytesMax()
              + ".");
    }
  }

  private static boolean isJson(String contentType) {
    int end = contentType.indexOf(';');
    String media = end < 0 ? contentType : contentType.substring(0, end);
    return media.strip().toLowerCase(Locale.ROOT).equals(JSON);
  }
}
