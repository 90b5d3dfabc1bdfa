package io.tideline.transport;

import java.util.Objects;

/**
 * What a client carries to say who it is.
 *
 * @param token a JWT as it came, not yet believed; null for none
 */
public record Credentials(String token) {
  public static final Credentials NONE = new Credentials(null);

  public static Credentials of(String token) {
    return new Credentials(Objects.requireNonNull(token));
  }

  public boolean isNone() {
    return token == null;
  }

  /** Tokens don't belong in logs. */
  @Override
  public String toString() {
    return isNone() ? "no credentials" : "credentials";
  }
}
