package io.tideline.app;

import io.tideline.embedded.PrivateFile;
import io.tideline.identity.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;

/**
 * The token with all grants that the first run writes down, for whoever can read the data
 * directory.
 */
record AdminToken(String value) {
  static final String ISSUER = "tideline";
  static final String AUDIENCE = "tideline";
  static final String FILE = "admin.token";

  private static final Duration LIFETIME_MAX = Duration.ofDays(365);

  /** One that expires sooner is replaced, so that a link printed today works for a while. */
  private static final Duration REMAINING_MAX = Duration.ofDays(30);

  /**
   * The token in that file, as long as it is of that key and lasts; else a new one takes its place.
   *
   * @param ageMax how long after it was issued a token counts
   */
  static AdminToken in(Path path, KeyPair key, Instant now, Duration ageMax) throws IOException {
    PrivateFile file = new PrivateFile(path);
    Optional<String> stored = file.read().filter(token -> lasts(token, key, now, ageMax));
    if (stored.isPresent()) {
      return new AdminToken(stored.get());
    }
    AdminToken signed = new AdminToken(sign(key, now, ageMax));
    file.write(signed.value());
    return signed;
  }

  /** Without the token, which would end up in logs. */
  @Override
  public String toString() {
    return "AdminToken[…]";
  }

  private static boolean lasts(String token, KeyPair key, Instant now, Duration ageMax) {
    Instant needed = now.plus(shorter(REMAINING_MAX, ageMax.dividedBy(2)));
    try {
      JwtClaims claims =
          new JwtConsumerBuilder()
              .setVerificationKey(key.getPublic())
              .setExpectedIssuer(ISSUER)
              .setExpectedAudience(AUDIENCE)
              .setRequireExpirationTime()
              .setRequireIssuedAt()
              .setEvaluationTime(NumericDate.fromSeconds(needed.getEpochSecond()))
              .build()
              .processToClaims(token);
      Instant issuedAt = Instant.ofEpochSecond(claims.getIssuedAt().getValue());
      return needed.isBefore(issuedAt.plus(ageMax));
    } catch (InvalidJwtException | MalformedClaimException worthless) {
      return false;
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static String sign(KeyPair key, Instant now, Duration ageMax) {
    Instant end = now.plus(shorter(LIFETIME_MAX, ageMax));
    List<String> all = List.of("*");
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(ISSUER);
    claims.setAudience(AUDIENCE);
    claims.setSubject("admin");
    claims.setJwtId(UUID.randomUUID().toString());
    claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
    claims.setExpirationTime(NumericDate.fromSeconds(end.getEpochSecond()));
    claims.setClaim(
        "tideline", Map.of("subscribe", all, "publish", all, "presence", all, "admin", all));
    return SigningKey.of(key.getPrivate()).sign(claims, null);
  }
}
