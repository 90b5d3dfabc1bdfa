package io.tideline.door.centrifuge;

import io.tideline.protocol.Problem;

/** The error codes of replies, as the protocol's document on codes lists them. */
enum ErrorCode {
  INTERNAL(100, true),
  UNAUTHORIZED(101, false),
  UNKNOWN_CHANNEL(102, false),
  PERMISSION_DENIED(103, false),
  METHOD_NOT_FOUND(104, false),
  ALREADY_SUBSCRIBED(105, false),
  LIMIT_EXCEEDED(106, false),
  BAD_REQUEST(107, false),
  NOT_AVAILABLE(108, false),
  TOKEN_EXPIRED(109, false),
  TOO_MANY_REQUESTS(111, true),
  UNRECOVERABLE_POSITION(112, false);

  private final int number;
  private final boolean isTemporary;

  ErrorCode(int number, boolean isTemporary) {
    this.number = number;
    this.isTemporary = isTemporary;
  }

  int number() {
    return number;
  }

  /** Whether the SDKs repeat the call by themselves. */
  boolean isTemporary() {
    return isTemporary;
  }

  static ErrorCode of(Problem problem) {
    return switch (problem) {
      case UNAUTHENTICATED, TOKEN_REVOKED -> UNAUTHORIZED;
      case TOKEN_EXPIRED -> TOKEN_EXPIRED;
      case FORBIDDEN -> PERMISSION_DENIED;
      case ALREADY_SUBSCRIBED -> ALREADY_SUBSCRIBED;
      case TOO_MANY_SUBSCRIPTIONS, MESSAGE_TOO_LARGE -> LIMIT_EXCEEDED;
      case NO_PRESENCE, NOT_ON_EPHEMERAL -> NOT_AVAILABLE;
      case TOO_MANY_REQUESTS -> TOO_MANY_REQUESTS;
      case NOT_FOUND -> METHOD_NOT_FOUND;
      default -> problem.retry() ? INTERNAL : problem.status() >= 500 ? INTERNAL : BAD_REQUEST;
    };
  }
}
