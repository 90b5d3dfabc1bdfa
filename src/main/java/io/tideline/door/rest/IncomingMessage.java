package io.tideline.door.rest;

import io.tideline.protocol.IncomingPayload;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.WireLimits;
import io.tideline.session.ProblemException;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import io.vertx.core.MultiMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** A message as it stands in a publish request: the body is the payload, all else is headers. */
final class IncomingMessage {
  private static final String HEADER_PREFIX = "tideline-header-";

  /** A string of a structured field. */
  private static final Pattern QUOTED = Pattern.compile("\"(?:[ !#-\\[\\]-~]|\\\\[\\\\\"])*+\"");

  private IncomingMessage() {}

  static Message read(Channel channel, MultiMap headers, byte[] body, WireLimits limits) {
    return new Message(
        channel,
        payload(headers.get("Content-Type"), body, limits),
        single(headers, "Tideline-Type", Problem.INVALID_TYPE),
        null,
        messageHeaders(headers),
        key(single(headers, "Idempotency-Key", Problem.INVALID_KEY)),
        ifMatch(single(headers, "If-Match", Problem.INVALID_POSITION)));
  }

  private static Payload payload(String contentType, byte[] body, WireLimits limits) {
    IncomingPayload payload = IncomingPayload.of(contentType, body, limits);
    if (payload instanceof IncomingPayload.Refused refused) {
      throw new ProblemException(refused.problem());
    }
    return ((IncomingPayload.Valid) payload).payload();
  }

  private static String single(MultiMap headers, String name, Problem otherwise) {
    List<String> values = headers.getAll(name);
    if (values.size() > 1) {
      throw new ProblemException(
          ProblemDetails.of(otherwise, "The request has more than one header " + name + "."));
    }
    return values.isEmpty() ? null : values.get(0);
  }

  /**
   * The key, with or without the quotes of a structured field (RFC 9651, 3.3.3): both are the same
   * key. Null for none.
   */
  private static String key(String header) {
    if (header == null || !header.startsWith("\"")) {
      return header;
    }
    if (!QUOTED.matcher(header).matches()) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.INVALID_KEY,
              "Idempotency-Key begins with a double quote, and isn't a quoted string."));
    }
    return header.substring(1, header.length() - 1).replaceAll("\\\\(.)", "$1");
  }

  /** A strong entity tag with one position in it. */
  private static Position ifMatch(String header) {
    if (header == null) {
      return null;
    }
    String quoted = header.strip();
    boolean isQuoted = quoted.length() > 2 && quoted.startsWith("\"") && quoted.endsWith("\"");
    if (!isQuoted) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.INVALID_POSITION, "If-Match takes one position in double quotes."));
    }
    return Position.parse(quoted.substring(1, quoted.length() - 1));
  }

  private static Map<String, String> messageHeaders(MultiMap headers) {
    Map<String, String> found = new HashMap<>();
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(HEADER_PREFIX)) {
        found.merge(
            name.substring(HEADER_PREFIX.length()),
            header.getValue(),
            (first, second) -> first + ", " + second);
      }
    }
    return found;
  }
}
