package io.tideline.session;

import io.tideline.hub.Disconnect;

/**
 * A reason for which the server ends a connection; each {@link Dialect} has its own code for it.
 */
public enum CloseReason {
  /** What came is not of a kind that this protocol has. */
  UNSUPPORTED_DATA,
  /** What came breaks the protocol. */
  BAD_REQUEST,
  /** A fault of the server. */
  INTERNAL,
  /** Whether it may stay can't be learnt now. */
  TRY_AGAIN_LATER,
  /** This node goes away; another one serves. */
  RESTART,
  /** No credentials came in time. */
  NO_CREDENTIALS,
  /** The credentials are not valid. */
  UNAUTHENTICATED,
  TOKEN_EXPIRED,
  TOKEN_REVOKED,
  FORBIDDEN,
  /** It reads too slowly. */
  SLOW,
  /** It didn't answer the heartbeat, or reads nothing. */
  NO_PONG,
  TOO_MANY_COMMANDS;

  /** Why the hub ends a connection. */
  public static CloseReason of(Disconnect why) {
    return switch (why) {
      case SLOW -> SLOW;
      case TOKEN_EXPIRED -> TOKEN_EXPIRED;
      case TOKEN_REVOKED -> TOKEN_REVOKED;
      case FORBIDDEN -> FORBIDDEN;
      case UNCONFIRMED -> TRY_AGAIN_LATER;
      case DRAIN -> RESTART;
    };
  }
}
