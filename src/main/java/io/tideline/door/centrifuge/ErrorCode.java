package io.tideline.door.centrifuge;

import io.tideline.protocol.Problem;

/** The error codes of replies, as the protocol's document on codes lists them. */
enum ErrorCode {
  INTERNAL(100, "internal server error", true),
  UNAUTHORIZED(101, "unauthorized", false),
  UNKNOWN_CHANNEL(102, "unknown channel", false),
  PERMISSION_DENIED(103, "permission denied", false),
  METHOD_NOT_FOUND(104, "method not found", false),
  ALREADY_SUBSCRIBED(105, "already subscribed", false),
  LIMIT_EXCEEDED(106, "limit exceeded", false),
  BAD_REQUEST(107, "bad request", false),
  NOT_AVAILABLE(108, "not available", false),
  TOKEN_EXPIRED(109, "token expired", false),
  TOO_MANY_REQUESTS(111, "too many requests", true),
  UNRECOVERABLE_POSITION(112, "unrecoverable position", false);

  private final int number;
  private final String text;
  private final boolean isTemporary;

  ErrorCode(int number, String text, boolean isTemporary) {
    this.number = number;
    this.text = text;
    this.isTemporary = isTemporary;
  }

  int number() {
    return number;
  }

  /** The protocol's own word for it. */
  String text() {
    return text;
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
      case INVALID_POSITION -> UNRECOVERABLE_POSITION;
      case NO_PRESENCE, NOT_ON_EPHEMERAL -> NOT_AVAILABLE;
      case TOO_MANY_REQUESTS -> TOO_MANY_REQUESTS;
      case NOT_FOUND -> METHOD_NOT_FOUND;
      default -> problem.retry() || problem.status() >= 500 ? INTERNAL : BAD_REQUEST;
    };
  }
}
