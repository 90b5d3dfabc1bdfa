package parts;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Base64;
import java.util.Random;

/**
 * A payload of one of the kinds that the transports carry differently, made unique by its label.
 */
record Payload(Kind kind, byte[] bytes) {
  enum Kind {
    JSON("application/json"),
    /** Legal, but not as any serialiser would write it: it must come back byte for byte. */
    ODD_JSON("application/json"),
    /** Several lines, blanks at both ends: what an SSE field could spoil. */
    TEXT("text/plain"),
    /** Text with a carriage return, which SSE can't carry as it is. */
    TEXT_WITH_CR("text/plain"),
    BYTES("application/octet-stream");

    final String contentType;

    Kind(String contentType) {
      this.contentType = contentType;
    }
  }

  static Payload random(String label, Random random) {
    int dice = random.nextInt(100);
    if (dice < 70) {
      return json(label, random);
    }
    if (dice < 80) {
      String text =
          "{ \"soak\" :\t\"" + label + "\", \"a\": [ 1.50, -0, 1E2, \"\\u00e9\\/\" ] , \"b\":{ } }";
      return new Payload(Kind.ODD_JSON, text.getBytes(UTF_8));
    }
    if (dice < 90) {
      String text = " soak " + label + "\ndata: not a field\n\nid: 7 – ünïcödé ✓ \n";
      return new Payload(Kind.TEXT, text.getBytes(UTF_8));
    }
    if (dice < 93) {
      return new Payload(
          Kind.TEXT_WITH_CR, ("soak " + label + "\r\nid: forged\r\n\r\n").getBytes(UTF_8));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {0, (byte) 0xff, (byte) 0xc0});
    out.writeBytes(label.getBytes(UTF_8));
    return new Payload(Kind.BYTES, out.toByteArray());
  }

  /**
   * A plain object; now and then one of several KiB, so that pages and buffers fill by bytes too.
   */
  static Payload json(String label, Random random) {
    int padding = random.nextInt(50) == 0 ? 8_000 : random.nextInt(100);
    String text = "{\"soak\":\"" + label + "\",\"pad\":\"" + "x".repeat(padding) + "\"}";
    return new Payload(Kind.JSON, text.getBytes(UTF_8));
  }

  /** The payload of a publication object. */
  static byte[] of(Json publication) {
    if (publication.has("data_base64")) {
      return Base64.getDecoder().decode(publication.get("data_base64").text());
    }
    Json data = publication.get("data");
    return (publication.has("contentType") ? data.text() : data.raw()).getBytes(UTF_8);
  }

  /** As the members of a batch item or of a WebSocket publish. */
  String members() {
    return switch (kind) {
      case JSON, ODD_JSON -> "\"data\":" + text();
      case TEXT, TEXT_WITH_CR -> "\"contentType\":\"text/plain\",\"data\":" + Json.quote(text());
      case BYTES ->
          "\"contentType\":\"application/octet-stream\",\"data_base64\":\""
              + Base64.getEncoder().encodeToString(bytes)
              + "\"";
    };
  }

  private String text() {
    return new String(bytes, UTF_8);
  }
}
