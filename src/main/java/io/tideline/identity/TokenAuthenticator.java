package io.tideline.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Identity;
import io.tideline.access.Revocations;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.session.Authentication;
import io.tideline.session.Authenticator;
import io.tideline.session.Credentials;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;

/**
 * Tells clients by their bearer tokens. A token that was good is remembered for some minutes, so a
 * busy client's signature isn't checked each time, and a key that was withdrawn soon opens nothing
 * new.
 */
public final class TokenAuthenticator implements Authenticator {
  /** How long the word of a key is taken that may have been withdrawn since. */
  static final Duration REMEMBERED_MAX = Duration.ofMinutes(5);

  private static final TokenRefusal EXPIRED =
      new TokenRefusal(
          TokenFault.EXPIRED, "its time is over (claim exp, or tideline.auth.token-age after iat)");
  private static final TokenRefusal REVOKED =
      new TokenRefusal(TokenFault.REVOKED, "it was revoked, or its user logged out");

  private final TokenVerifier verifier;
  private final Revocations revocations;
  private final Clock clock;
  private final boolean fetchesKeys;
  private final KeyedWork keyed = new KeyedWork();
  private final Cache<String, Identity> verified;

  /**
   * Makes an authenticator.
   *
   * @param fetchesKeys keys come over the network, so verifying may block
   */
  public TokenAuthenticator(
      TokenVerifier verifier,
      Revocations revocations,
      Clock clock,
      boolean fetchesKeys,
      int cachedTokensMax) {
    this.verifier = verifier;
    this.revocations = revocations;
    this.clock = clock;
    this.fetchesKeys = fetchesKeys;
    this.verified =
        Caffeine.newBuilder()
            .maximumSize(cachedTokensMax)
            .expireAfterWrite(REMEMBERED_MAX)
            .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
            .build();
  }

  /** Whether keys come over the network; SmallRye's own setting comes before the standard's. */
  public static boolean fetchesKeys(Config config) {
    return Stream.of("smallrye.jwt.verify.key.location", "mp.jwt.verify.publickey.location")
        .flatMap(key -> config.getOptionalValue(key, String.class).stream())
        .anyMatch(location -> location.startsWith("http"));
  }

  @Override
  public Uni<Authentication> authenticate(Credentials credentials) {
    if (credentials.isNone()) {
      return Uni.createFrom().item(new Authentication.Identified(Identity.ANONYMOUS));
    }
    String token = credentials.token();
    Identity known = verified.getIfPresent(token);
    if (known != null) {
      return Uni.createFrom().item(judge(token, known));
    }
    // One that is too long is refused unread, and needs no thread for that.
    return fetchesKeys && token.length() <= TokenVerifier.TOKEN_CHARS_MAX
        ? keyed.run(token, () -> verify(token))
        : Uni.createFrom().item(() -> verify(token));
  }

  private Authentication judge(String token, Identity identity) {
    if (identity.isExpired(clock.instant())) {
      verified.invalidate(token);
      return new Authentication.Refused(EXPIRED);
    }
    if (revocations.cover(identity)) {
      return new Authentication.Refused(REVOKED);
    }
    return new Authentication.Identified(identity);
  }

  private Authentication verify(String token) {
    try {
      Identity identity = verifier.verify(token);
      if (fetchesKeys) {
        keyed.found(token);
      }
      verified.put(token, identity);
      return judge(token, identity);
    } catch (TokenRefusedException refused) {
      if (fetchesKeys && isAboutKeys(refused.refusal().fault())) {
        keyed.missed(token);
      }
      return new Authentication.Refused(refused.refusal());
    }
  }

  private static boolean isAboutKeys(TokenFault fault) {
    return fault == TokenFault.UNKNOWN_KEY || fault == TokenFault.KEYS_UNAVAILABLE;
  }
}
