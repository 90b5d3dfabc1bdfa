package io.tideline.net.websocket;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The status codes of RFC 6455, 7.4.1, with which a carrier ends a connection by itself. */
public enum CloseStatus {
  PROTOCOL_ERROR(1002, "not a valid WebSocket frame"),
  INVALID_UTF8(1007, "text must be valid UTF-8"),
  POLICY_VIOLATION(1008, "a limit was exceeded"),
  TOO_BIG(1009, "frame larger than allowed");

  private final int number;
  private final String reason;

  CloseStatus(int number, String reason) {
    this.number = number;
    this.reason = reason;
  }

  public int number() {
    return number;
  }

  /** For people who read logs; ASCII. */
  public String reason() {
    return reason;
  }

  /** Null for any other code. */
  static @Nullable CloseStatus of(int number) {
    return Stream.of(values()).filter(status -> status.number == number).findFirst().orElse(null);
  }
}
