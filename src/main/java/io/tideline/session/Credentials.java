package io.tideline.session;

import java.security.cert.X509Certificate;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a client carries to say who it is: a token, or a certificate, or nothing.
 *
 * @param token a JWT as it came, not yet believed
 * @param certificate as the TLS handshake has verified it; null beside a token, by which whoever
 *     brings one is judged
 */
public record Credentials(@Nullable String token, @Nullable X509Certificate certificate) {
  public static final Credentials NONE = new Credentials(null, null);

  public Credentials {
    if (token != null && certificate != null) {
      throw new IllegalArgumentException("a token or a certificate");
    }
  }

  public static Credentials of(String token) {
    return new Credentials(Objects.requireNonNull(token), null);
  }

  public static Credentials of(X509Certificate certificate) {
    return new Credentials(null, Objects.requireNonNull(certificate));
  }

  public boolean isNone() {
    return token == null && certificate == null;
  }

  /** Tokens don't belong in logs. */
  @Override
  public String toString() {
    return isNone() ? "no credentials" : "credentials";
  }
}
