package io.tideline.door.tideline;

import io.tideline.net.websocket.CloseStatus;
import io.tideline.session.CloseReason;
import java.util.List;
import java.util.stream.Stream;

/**
 * Every code with which the server closes a WebSocket. The range says what a client does that
 * doesn't know the number: 4000–4099 stay away, 4100–4199 come back with backoff, 4200–4299 come
 * back at once. Standard codes are used where they exist.
 */
public enum CloseCode {
  NORMAL(1000, ComeBack.NO, "closed as asked"),
  GOING_AWAY(1001, ComeBack.WITH_BACKOFF, "the server stops now"),
  PROTOCOL_ERROR(CloseStatus.PROTOCOL_ERROR),
  UNSUPPORTED_DATA(1003, ComeBack.NO, "send text frames only"),
  INVALID_UTF8(CloseStatus.INVALID_UTF8),
  POLICY_VIOLATION(CloseStatus.POLICY_VIOLATION),
  TOO_BIG(CloseStatus.TOO_BIG),
  INTERNAL(1011, ComeBack.WITH_BACKOFF, "server error"),
  RESTART(1012, ComeBack.AT_ONCE, "this node is stopping, reconnect now"),
  TRY_AGAIN_LATER(1013, ComeBack.WITH_BACKOFF, "overloaded, try again later"),
  UNAUTHENTICATED(4000, ComeBack.NO, "no valid token came in time"),
  TOKEN_REVOKED(4001, ComeBack.NO, "the token was revoked"),
  FORBIDDEN(4002, ComeBack.NO, "no right is left on this connection"),
  SLOW(4100, ComeBack.WITH_BACKOFF, "too slow, reconnect with your position"),
  NO_PONG(4101, ComeBack.WITH_BACKOFF, "no pong came in time"),
  TOO_MANY_COMMANDS(4102, ComeBack.WITH_BACKOFF, "too many commands per second"),
  TOKEN_EXPIRED(4200, ComeBack.AT_ONCE, "the token has expired, reconnect with a new one");

  /** What fits into a close frame beside the number. */
  public static final int REASON_BYTES_MAX = 123;

  private final int number;
  private final ComeBack comeBack;
  private final String reason;

  CloseCode(int number, ComeBack comeBack, String reason) {
    this.number = number;
    this.comeBack = comeBack;
    this.reason = reason;
  }

  /** One with which the carrier ends the connection by itself: the client must be mended first. */
  CloseCode(CloseStatus status) {
    this(status.number(), ComeBack.NO, status.reason());
  }

  public int number() {
    return number;
  }

  public ComeBack comeBack() {
    return comeBack;
  }

  /** For people who read logs; ASCII. */
  public String reason() {
    return reason;
  }

  public static List<Integer> numbers() {
    return Stream.of(values()).map(CloseCode::number).toList();
  }

  static CloseCode of(CloseReason why) {
    return switch (why) {
      case UNSUPPORTED_DATA, BAD_REQUEST -> UNSUPPORTED_DATA;
      case INTERNAL -> INTERNAL;
      case TRY_AGAIN_LATER -> TRY_AGAIN_LATER;
      case RESTART -> RESTART;
      case NO_CREDENTIALS, UNAUTHENTICATED -> UNAUTHENTICATED;
      case TOKEN_EXPIRED -> TOKEN_EXPIRED;
      case TOKEN_REVOKED -> TOKEN_REVOKED;
      case FORBIDDEN -> FORBIDDEN;
      case SLOW -> SLOW;
      case NO_PONG -> NO_PONG;
      case TOO_MANY_COMMANDS -> TOO_MANY_COMMANDS;
    };
  }

  /** What a client that was closed does next. */
  public enum ComeBack {
    /** Something must be mended first. */
    NO,
    /** After a pause that grows from try to try, with jitter. */
    WITH_BACKOFF,
    /** At once; with backoff only if that fails. */
    AT_ONCE
  }
}
