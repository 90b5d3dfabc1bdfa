package io.tideline.identity;

import io.smallrye.jwt.auth.principal.DefaultJWTTokenParser;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import io.tideline.access.Identity;
import io.tideline.access.TokenFault;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jspecify.annotations.Nullable;

/**
 * The judge of bearer tokens: verifies them as MicroProfile JWT is configured ({@code
 * mp.jwt.verify.*}) and reads who they stand for. Whether a token has expired or was revoked is
 * asked later and again, of the {@link Identity}.
 */
public final class TokenVerifier {
  /**
   * A token longer than this is refused unread; headers of HTTP requests are bounded near it
   * anyway.
   */
  public static final int TOKEN_CHARS_MAX = 8192;

  /** How far the clock of whoever issues tokens may be ahead. */
  public static final Duration AHEAD_MAX = Duration.ofMinutes(1);

  private final JWTAuthContextInfo rules;
  private final DefaultJWTTokenParser parser = new FetchedKeysParser();
  private final Duration ageMax;
  private final Clock clock;

  /**
   * Makes a verifier.
   *
   * @param rules the key, its algorithm, the issuer and the audience that are expected
   * @param ageMax how long after it was issued a token counts, whatever it says itself
   */
  public TokenVerifier(JWTAuthContextInfo rules, Duration ageMax, Clock clock) {
    this.rules = rules;
    this.ageMax = ageMax;
    this.clock = clock;
  }

  /**
   * The identity that a token stands for.
   *
   * @throws TokenRefusedException if it isn't good, or that can't be told now
   */
  public Identity verify(String token) throws TokenRefusedException {
    if (token.length() > TOKEN_CHARS_MAX) {
      throw new TokenRefusedException(
          TokenFault.TOO_LONG, "it is longer than " + TOKEN_CHARS_MAX + " characters");
    }
    try {
      JwtClaims claims = parser.parse(token, rules).getJwtClaims();
      return identity(token, claims);
    } catch (ParseException refused) {
      throw new TokenRefusedException(TokenDiagnosis.of(token, rules, refused));
    } catch (MalformedClaimException | ClassCastException | DateTimeException malformed) {
      throw new TokenRefusedException(
          TokenFault.CLAIM, "one of the claims sub, jti, iat and exp is of the wrong kind");
    }
  }

  private Identity identity(String compact, JwtClaims claims)
      throws TokenRefusedException, MalformedClaimException {
    String subject = claims.getSubject();
    if (subject == null) {
      throw new TokenRefusedException(TokenFault.SUBJECT, "claim sub is missing");
    }
    Instant issuedAt = issuedAt(claims.getIssuedAt());
    return new Identity(
        subject,
        claims.getJwtId() == null ? digest(compact) : claims.getJwtId(),
        issuedAt,
        expiry(claims.getExpirationTime(), issuedAt.plus(ageMax)),
        GrantsClaim.of(claims).rights(subject));
  }

  /** A token that is dated ahead would outlive the revocations of its time. */
  private Instant issuedAt(@Nullable NumericDate claim) throws TokenRefusedException {
    if (claim == null) {
      throw new TokenRefusedException(TokenFault.ISSUED_AT, "claim iat is missing");
    }
    Instant issuedAt = Instant.ofEpochSecond(claim.getValue());
    if (issuedAt.isAfter(clock.instant().plus(AHEAD_MAX))) {
      throw new TokenRefusedException(
          TokenFault.ISSUED_AT,
          "claim iat lies more than a minute ahead; compare the clocks of issuer and server");
    }
    return issuedAt;
  }

  private static Instant expiry(@Nullable NumericDate claim, Instant atLatest) {
    if (claim == null) {
      return atLatest;
    }
    Instant named = Instant.ofEpochSecond(claim.getValue());
    return named.isBefore(atLatest) ? named : atLatest;
  }

  /**
   * What a token without an id goes by: it must be told from others to be revoked. Its last part is
   * left out, as a signature can be written in several ways.
   */
  private static String digest(String compact) {
    String signed = compact.substring(0, compact.lastIndexOf('.'));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(signed.getBytes(StandardCharsets.US_ASCII));
      return "sha256:" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }
}
