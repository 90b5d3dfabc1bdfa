package io.tideline.door.centrifuge;

import io.tideline.session.CloseReason;
import java.util.List;
import java.util.stream.Stream;

/**
 * The codes with which connections are closed, as the protocol's document on codes lists them: with
 * 3000 to 3499 a client connects again, with 3500 to 3999 it stays away. The reasons are for
 * people; they are never empty and never JSON, which SDKs would take for something else.
 */
public enum DisconnectCode {
  SHUTDOWN(3001, "this node is stopping"),
  SERVER_ERROR(3004, "server error"),
  EXPIRED(3005, "the token has expired"),
  SLOW(3008, "too slow"),
  NO_PONG(3012, "no pong came in time"),
  TOO_MANY_REQUESTS(3013, "too many commands per second"),
  INVALID_TOKEN(3500, "invalid token"),
  BAD_REQUEST(3501, "bad request"),
  STALE(3502, "no connect came in time"),
  REVOKED(3503, "the token was revoked"),
  PERMISSION_DENIED(3507, "permission denied"),
  NOT_AVAILABLE(3508, "not available: there is no application behind this server");

  private final int number;
  private final String reason;

  DisconnectCode(int number, String reason) {
    this.number = number;
    this.reason = reason;
  }

  int number() {
    return number;
  }

  String reason() {
    return reason;
  }

  public static List<Integer> numbers() {
    return Stream.of(values()).map(DisconnectCode::number).toList();
  }

  static DisconnectCode of(CloseReason why) {
    return switch (why) {
      case UNSUPPORTED_DATA -> NOT_AVAILABLE;
      case BAD_REQUEST -> BAD_REQUEST;
      case INTERNAL, TRY_AGAIN_LATER -> SERVER_ERROR;
      case RESTART -> SHUTDOWN;
      case NO_CREDENTIALS -> STALE;
      case UNAUTHENTICATED -> INVALID_TOKEN;
      case TOKEN_EXPIRED -> EXPIRED;
      case TOKEN_REVOKED -> REVOKED;
      case FORBIDDEN -> PERMISSION_DENIED;
      case SLOW -> SLOW;
      case NO_PONG -> NO_PONG;
      case TOO_MANY_COMMANDS -> TOO_MANY_REQUESTS;
    };
  }
}
