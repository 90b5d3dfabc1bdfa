package io.tideline.protocol;

import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads a message as it stands in a publish command and in a batch. */
public final class MessageReader {
  private static final Set<String> FIELDS =
      Set.of("channel", "data", "data_base64", "contentType", "type", "key", "headers", "ifMatch");

  private final PayloadReader payloads;

  public MessageReader(WireLimits limits) {
    this.payloads = new PayloadReader(limits);
  }

  /**
   * The message.
   *
   * @throws UnreadableException if it can't be one
   * @throws InvalidInputException likewise
   */
  public Message read(String owner, JsonValue object) {
    Fields fields = Fields.of(owner, object, FIELDS);
    String ifMatch = fields.text("ifMatch");
    return new Message(
        fields.channel(),
        payload(owner, fields),
        fields.text("type"),
        null,
        headers(fields.get("headers")),
        fields.text("key"),
        ifMatch == null ? null : Position.parse(ifMatch));
  }

  private Payload payload(String owner, Fields fields) {
    JsonValue data = fields.get("data");
    String base64 = fields.text("data_base64");
    if ((data == null) == (base64 == null)) {
      throw new UnreadableException(
          Problem.INVALID_COMMAND, "'" + owner + "' needs either 'data' or 'data_base64'.");
    }
    String contentType = fields.text("contentType");
    if (base64 != null) {
      return payloads.read(contentType, decode(base64));
    }
    if (contentType == null) {
      return payloads.json(data.bytes());
    }
    if (!data.isString()) {
      throw new UnreadableException(
          Problem.INVALID_CONTENT,
          "With a 'contentType', 'data' must be a string; leave 'contentType' out to publish JSON.");
    }
    return payloads.read(contentType, encode(data.text()));
  }

  private static byte[] decode(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new UnreadableException(
          Problem.INVALID_CONTENT,
          "'data_base64' is not base64: use the alphabet with '+' and '/', without line breaks.");
    }
  }

  private static byte[] encode(String text) {
    try {
      ByteBuffer utf8 = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[utf8.remaining()];
      utf8.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new UnreadableException(
          Problem.INVALID_CONTENT,
          "'data' has half of a surrogate pair, so it is not text; send bytes as 'data_base64'.");
    }
  }

  private static Map<String, String> headers(JsonValue object) {
    if (object == null) {
      return Map.of();
    }
    if (!object.isObject()) {
      throw headersRefused("'headers' must be an object of strings.");
    }
    Map<String, String> headers = new HashMap<>();
    object
        .entries()
        .forEach(
            (name, value) -> {
              if (!value.isString()) {
                throw headersRefused("Each value in 'headers' must be a string.");
              }
              if (headers.put(name.toLowerCase(Locale.ROOT), value.text()) != null) {
                throw headersRefused("Two names in 'headers' differ only in case.");
              }
            });
    return headers;
  }

  private static InvalidInputException headersRefused(String detail) {
    return new InvalidInputException(Subject.HEADERS, detail);
  }
}
