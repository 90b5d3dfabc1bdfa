package io.tideline.net.websocket;

import io.tideline.net.HeaderLists;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What RFC 6455, 4.2.1 asks of a request that wants to become a WebSocket. */
public final class Handshake {
  private static final int KEY_BYTES = 16;
  private static final int KEY_CHARACTERS = 24;
  private static final String VERSION = "13";

  private Handshake() {}

  /**
   * Why the request can't be upgraded.
   *
   * @param headers that the answer carries
   * @param detail what to do
   */
  public record Refusal(int status, Map<String, List<String>> headers, String detail) {}

  /** Checks a request; null if it may be upgraded. */
  public static @Nullable Refusal check(HttpServerRequest request) {
    return check(
        request.method().name(),
        request.version() == HttpVersion.HTTP_1_1,
        request.headers()::getAll);
  }

  /**
   * Checks a request; null if it may be upgraded.
   *
   * @param headers all values of a header, by its name
   */
  static @Nullable Refusal check(
      String method, boolean isHttp11, Function<String, List<String>> headers) {
    if (!isHttp11) {
      return refuse("A WebSocket begins with a request of HTTP/1.1.");
    }
    if (!method.equals("GET")) {
      return refuse("A WebSocket begins with GET.");
    }
    if (headers.apply("host").size() != 1) {
      return refuse("Send one Host header.");
    }
    if (!names(headers.apply("upgrade"), "websocket")
        || !names(headers.apply("connection"), "upgrade")) {
      return new Refusal(
          426,
          Map.of("Upgrade", List.of("websocket"), "Connection", List.of("Upgrade")),
          "Send Connection: Upgrade and Upgrade: websocket.");
    }
    if (!headers.apply("sec-websocket-version").equals(List.of(VERSION))) {
      return new Refusal(
          426,
          Map.of("Sec-WebSocket-Version", List.of(VERSION)),
          "Only version 13 of the WebSocket protocol is spoken: send Sec-WebSocket-Version: 13.");
    }
    List<String> keys = headers.apply("sec-websocket-key");
    if (keys.size() != 1 || !isKey(keys.get(0))) {
      return refuse("Send one Sec-WebSocket-Key: 16 random bytes in base64.");
    }
    return null;
  }

  private static Refusal refuse(String detail) {
    return new Refusal(400, Map.of(), detail);
  }

  private static boolean isKey(String key) {
    if (key.length() != KEY_CHARACTERS) {
      return false;
    }
    try {
      return Base64.getDecoder().decode(key).length == KEY_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether a list header names a token, which is compared without regard to case. */
  private static boolean names(List<String> values, String token) {
    return HeaderLists.elements(values).stream().anyMatch(token::equalsIgnoreCase);
  }
}
