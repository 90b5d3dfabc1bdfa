package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.util.Map;

/**
 * The publication object: always one line, what is absent left out, {@code data} last.
 *
 * <p>Written by hand, since every publication passes here once a format, and its payload must stay
 * the bytes that it came as.
 */
public final class PublicationJson {
  private static final byte[] CHANNEL = key("{\"channel\":\"");
  private static final byte[] OFFSET = key("\",\"offset\":");
  private static final byte[] POSITION = key(",\"position\":\"");
  private static final byte[] TIME = key("\",\"time\":");
  private static final byte[] TYPE = key(",\"type\":");
  private static final byte[] SENDER = key(",\"sender\":");
  private static final byte[] CONTENT_TYPE = key(",\"contentType\":");
  private static final byte[] HEADERS = key(",\"headers\":{");
  private static final byte[] DATA = key(",\"data\":");
  private static final byte[] DATA_BASE64 = key(",\"data_base64\":");

  /** Beside payload, sender and headers; an estimate that saves growing, not a limit. */
  private static final int HEAD_BYTES = 384;

  private PublicationJson() {}

  /** A buffer that will hardly have to grow for this publication. */
  public static JsonBuffer buffer(Publication publication) {
    return new JsonBuffer(HEAD_BYTES + publication.payload().length());
  }

  public static void write(Publication publication, JsonBuffer out) {
    writeOpenHead(publication, out);
    Payload payload = publication.payload();
    if (payload.isJson()) {
      out.raw(DATA).value(payload.bytes());
    } else if (isText(payload)) {
      out.raw(DATA).text(payload.bytes());
    } else {
      out.raw(DATA_BASE64).base64(payload.bytes());
    }
    out.raw('}');
  }

  /** Everything but the payload. */
  public static void writeHead(Publication publication, JsonBuffer out) {
    writeOpenHead(publication, out);
    out.raw('}');
  }

  /** Whether the payload can stand in a JSON string as it is. */
  public static boolean isText(Payload payload) {
    return !Utf8.contains(payload.bytes(), '\0') && Utf8.isValid(payload.bytes());
  }

  private static void writeOpenHead(Publication publication, JsonBuffer out) {
    out.raw(CHANNEL).raw(publication.channel().name());
    if (!publication.isEphemeral()) {
      out.raw(OFFSET).number(publication.offset());
      out.raw(POSITION).raw(publication.position().encode());
    }
    out.raw(TIME).time(publication.time());
    if (publication.type() != null) {
      out.raw(TYPE).string(publication.type());
    }
    if (publication.sender() != null) {
      out.raw(SENDER).string(publication.sender());
    }
    if (publication.payload().contentType() != null) {
      out.raw(CONTENT_TYPE).string(publication.payload().contentType());
    }
    if (!publication.headers().isEmpty()) {
      writeHeaders(publication.headers(), out);
    }
  }

  private static void writeHeaders(Map<String, String> headers, JsonBuffer out) {
    out.raw(HEADERS);
    boolean first = true;
    for (Map.Entry<String, String> header : headers.entrySet()) {
      if (!first) {
        out.raw(',');
      }
      out.string(header.getKey()).raw(':').string(header.getValue());
      first = false;
    }
    out.raw('}');
  }

  private static byte[] key(String text) {
    return text.getBytes(US_ASCII);
  }
}
