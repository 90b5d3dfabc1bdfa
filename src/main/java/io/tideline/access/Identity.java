package io.tideline.access;

import java.time.Instant;
import java.util.Objects;

/**
 * Who a verified token says is there, for as long as it says so.
 *
 * @param subject null for {@link #ANONYMOUS}
 * @param tokenId null if the token has none
 * @param issuedAt {@link Instant#MIN} if the token doesn't say
 * @param expiresAt {@link Instant#MAX} if it never does
 */
public record Identity(
    String subject, String tokenId, Instant issuedAt, Instant expiresAt, Rights rights) {
  public static final Identity ANONYMOUS =
      new Identity(null, null, Instant.MIN, Instant.MAX, Rights.NONE);

  public Identity {
    Objects.requireNonNull(issuedAt);
    Objects.requireNonNull(expiresAt);
    Objects.requireNonNull(rights);
  }

  public boolean isAnonymous() {
    return subject == null;
  }

  public boolean isExpired(Instant now) {
    return !now.isBefore(expiresAt);
  }
}
