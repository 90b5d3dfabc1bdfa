package io.tideline.hub;

/**
 * Why the hub ends a connection or a subscription; the protocol gives each its code on the wire.
 */
public enum Disconnect {
  /** Policy {@code disconnect}: too slow for a channel; come back with the position. */
  SLOW,
  /** The token's time is over; come back with a new one. */
  TOKEN_EXPIRED,
  /** The token was revoked. */
  TOKEN_REVOKED,
  /** The identity lost the right to this channel. */
  FORBIDDEN,
  /** Whether the right to this channel is still there could not be learnt in time. */
  UNCONFIRMED,
  /** This node is going away; come back, another one serves. */
  DRAIN
}
