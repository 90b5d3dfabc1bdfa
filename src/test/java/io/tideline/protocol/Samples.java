package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tideline.stream.Channel;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** Publications, JSON and bytes of all sorts, the same for the same seed. */
public final class Samples {
  static final ObjectMapper JACKSON = new ObjectMapper();

  private static final String TYPE_CHARS =
      "ABCXYZabcxyz0189_.:-"; // all kinds of what a type may have
  private static final String[] PIECES = {
    "a",
    "Z",
    " ",
    "\"",
    "\\",
    "/",
    "\b",
    "\f",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u001f",
    "\u007f",
    "é",
    "\u2028",
    "\u2029",
    "€",
    "\ufeff",
    "𝄞",
    "data: x",
    "\n\nid: forged\n\n",
    "event: open\n",
    "}"
  };

  private final Random random;

  public Samples(long seed) {
    random = new Random(seed);
  }

  public static JsonNode parse(byte[] json) {
    try {
      return JACKSON.readTree(new String(json, UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(new String(json, UTF_8), e);
    }
  }

  public Publication publication() {
    return publication(payload());
  }

  Publication publication(Payload payload) {
    boolean isEphemeral = random.nextInt(5) == 0;
    return new Publication(
        new Channel("a" + type()),
        isEphemeral ? 0 : 1 + (random.nextLong() >>> 17),
        1 + (random.nextLong() >>> (1 + random.nextInt(62))),
        Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000) * 1000L),
        random.nextBoolean() ? type() : null,
        random.nextInt(3) == 0 ? text(20) : null,
        headers(),
        payload);
  }

  Payload payload() {
    return switch (random.nextInt(3)) {
      case 0 -> new Payload(null, json(4).getBytes(UTF_8));
      case 1 -> new Payload("text/plain; charset=\"utf-8\"", text(60).getBytes(UTF_8));
      default -> new Payload("application/octet-stream", bytes(200));
    };
  }

  byte[] bytes(int max) {
    byte[] bytes = new byte[random.nextInt(max + 1)];
    random.nextBytes(bytes);
    return bytes;
  }

  String text(int piecesMax) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(piecesMax + 1); i > 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  /** Valid JSON with white space of all sorts. */
  String json(int depth) {
    return space() + value(depth) + space();
  }

  private String value(int depth) {
    return switch (random.nextInt(depth > 0 ? 7 : 5)) {
      case 0 -> String.valueOf(random.nextBoolean());
      case 1 -> "null";
      case 2 -> number();
      case 3, 4 -> string();
      case 5 -> sequence('[', ']', () -> value(depth - 1));
      default -> sequence('{', '}', () -> string() + space() + ":" + space() + value(depth - 1));
    };
  }

  private String sequence(char open, char close, java.util.function.Supplier<String> element) {
    StringBuilder out = new StringBuilder().append(open).append(space());
    for (int i = random.nextInt(4); i > 0; i--) {
      out.append(element.get()).append(space()).append(i > 1 ? "," : "").append(space());
    }
    return out.append(close).toString();
  }

  private String number() {
    return switch (random.nextInt(4)) {
      case 0 -> "0";
      case 1 -> "-" + random.nextInt(1000) + ".5";
      case 2 -> random.nextInt(10) + "e+" + random.nextInt(9);
      default -> String.valueOf(random.nextLong());
    };
  }

  private String string() {
    try {
      return JACKSON.writeValueAsString(text(4)).replace("é", "\\u00e9").replace("/", "\\/");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String space() {
    return new String[] {"", "", " ", "\t", "\n", "\r\n", " \r "}[random.nextInt(7)];
  }

  private String type() {
    StringBuilder type = new StringBuilder();
    for (int i = 1 + random.nextInt(20); i > 0; i--) {
      type.append(TYPE_CHARS.charAt(random.nextInt(TYPE_CHARS.length())));
    }
    return type.toString();
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new HashMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      headers.put("h" + i, "va\"l\\ue\t" + random.nextInt(100));
    }
    return headers;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  /** The same bytes with a few of them changed, lost, doubled or moved. */
  byte[] mutate(byte[] original) {
    byte[] bytes = original.clone();
    for (int i = 1 + random.nextInt(3); i > 0 && bytes.length > 0; i--) {
      int at = random.nextInt(bytes.length);
      bytes =
          switch (random.nextInt(4)) {
            case 0 -> splice(bytes, at, at + 1, new byte[0]);
            case 1 -> splice(bytes, at, at, new byte[] {(byte) random.nextInt(256)});
            case 2 -> splice(bytes, at, at + 1, piece());
            default ->
                splice(bytes, at, at, java.util.Arrays.copyOf(bytes, random.nextInt(at + 1)));
          };
    }
    return bytes;
  }

  private byte[] piece() {
    String[] tokens = {
      "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u12", "1", "-", "e", ".", "null"
    };
    return tokens[random.nextInt(tokens.length)].getBytes(UTF_8);
  }

  private static byte[] splice(byte[] bytes, int from, int to, byte[] middle) {
    byte[] result = new byte[from + middle.length + bytes.length - to];
    System.arraycopy(bytes, 0, result, 0, from);
    System.arraycopy(middle, 0, result, from, middle.length);
    System.arraycopy(bytes, to, result, from + middle.length, bytes.length - to);
    return result;
  }
}
