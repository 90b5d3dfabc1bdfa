package io.tideline.session;

import io.tideline.access.Identity;
import io.tideline.protocol.Problem;

/** Who a client is, or why that can't be believed. */
public sealed interface Authentication {
  /** {@link Identity#ANONYMOUS} for {@link Credentials#NONE}. */
  record Identified(Identity identity) implements Authentication {}

  /**
   * The token isn't good.
   *
   * @param why {@link Problem#UNAUTHENTICATED}, {@link Problem#TOKEN_EXPIRED}, {@link
   *     Problem#TOKEN_REVOKED}, or {@link Problem#UNAVAILABLE} if it can't be told now
   */
  record Refused(Problem why) implements Authentication {}
}
