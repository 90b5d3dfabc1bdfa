package io.tideline.access;

import java.util.Locale;

/**
 * The reason why a token is refused. The set is closed: each reason is counted, logged, and stands
 * with its remedy in {@code docs/tokens.md}.
 */
public enum TokenFault {
  /** Not three parts in base64url, or no JSON in them. */
  NOT_A_JWT,
  /** Longer than any token may be; it isn't read at all. */
  TOO_LONG,
  /** Not signed with the one algorithm that is configured. */
  ALGORITHM,
  /** Signed with another key, or changed since. */
  SIGNATURE,
  /** Signed with a key that the issuer doesn't publish (any more). */
  UNKNOWN_KEY,
  /** The issuer's keys can't be fetched now: the token may be good. */
  KEYS_UNAVAILABLE,
  /** Claim {@code iss} is missing, or is another one than configured. */
  ISSUER,
  /** Claim {@code aud} is missing, or has none of those configured. */
  AUDIENCE,
  /** Claim {@code sub} is missing. */
  SUBJECT,
  /** Claim {@code iat} is missing, or lies ahead. */
  ISSUED_AT,
  /** Claim {@code exp} is missing. */
  EXPIRY,
  /** Its time is over. */
  EXPIRED,
  /** Claim {@code nbf} lies ahead. */
  NOT_YET_VALID,
  /** It lasts longer than is allowed, or ends before it begins. */
  LIFETIME,
  /** Another claim is missing that is needed, or is of the wrong kind. */
  CLAIM,
  /** Claim {@code tideline} names what can't be a grant, or too many of them. */
  GRANTS,
  /** It was revoked. */
  REVOKED;

  private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Its name in meters and documents. */
  public String code() {
    return code;
  }
}
