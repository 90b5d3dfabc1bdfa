package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.identity.SharedSecret;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumer;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The verifier of the protocol's own tokens, which one secret signs with HS256 and no other
 * algorithm. Unlike the server's tokens they may lack {@code exp}, {@code iat}, {@code aud} and
 * {@code iss}. Whether one has expired is left to the caller. Any thread.
 */
final class Tokens {
  private final JwtConsumer consumer;

  Tokens(SharedSecret secret) {
    this.consumer =
        new JwtConsumerBuilder()
            .setVerificationKey(secret.key())
            .setJwsAlgorithmConstraints(
                AlgorithmConstraints.ConstraintType.PERMIT, AlgorithmIdentifiers.HMAC_SHA256)
            .setSkipDefaultAudienceValidation()
            .setEvaluationTime(NumericDate.fromSeconds(0))
            .build();
  }

  /** A token that isn't believed. */
  static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient TokenRefusal refusal;

    RefusedException(TokenFault fault, String text) {
      super(text, null, false, false);
      this.refusal = new TokenRefusal(fault, text);
    }

    TokenRefusal refusal() {
      return refusal;
    }
  }

  /**
   * The claims of a connection token.
   *
   * @param user "" for a token that names nobody
   * @param expiresAt {@link Instant#MAX} if it never does
   * @param info as JSON, or any bytes; empty for none
   * @param channels to which the server subscribes the client
   */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
  record Connection(
      String user,
      @Nullable String id,
      @Nullable Instant issuedAt,
      Instant expiresAt,
      byte[] info,
      List<String> channels) {}

  /**
   * The claims of a token for one channel.
   *
   * @param expiresAt {@link Instant#MAX} if it never does
   * @param info as JSON, or any bytes; empty for none
   */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
  record Subscription(String user, String channel, Instant expiresAt, byte[] info) {}

  Connection connection(String token) throws RefusedException {
    JwtClaims claims = verify(token);
    try {
      return new Connection(
          user(claims),
          claims.getJwtId(),
          claims.getIssuedAt() == null
              ? null
              : Instant.ofEpochSecond(claims.getIssuedAt().getValue()),
          expiry(claims),
          info(claims),
          channels(claims));
    } catch (MalformedClaimException wrong) {
      throw malformed("one of the claims sub, jti, iat, exp and channels is of the wrong kind");
    }
  }

  Subscription subscription(String token) throws RefusedException {
    JwtClaims claims = verify(token);
    try {
      String channel = claims.getStringClaimValue("channel");
      if (channel == null) {
        throw malformed("claim channel is missing, so it is no token for a channel");
      }
      return new Subscription(user(claims), channel, subscriptionExpiry(claims), info(claims));
    } catch (MalformedClaimException wrong) {
      throw malformed("one of the claims sub, channel, exp and expire_at is of the wrong kind");
    }
  }

  private JwtClaims verify(String token) throws RefusedException {
    try {
      return consumer.processToClaims(token);
    } catch (InvalidJwtException invalid) {
      throw refused(invalid);
    }
  }

  private static RefusedException refused(InvalidJwtException invalid) {
    if (invalid.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)) {
      return new RefusedException(
          TokenFault.SIGNATURE,
          "it is not signed with HS256 and the secret in tideline.doors.centrifuge.secret-file");
    }
    if (invalid.hasErrorCode(ErrorCodes.NOT_YET_VALID)) {
      return new RefusedException(TokenFault.NOT_YET_VALID, "claim nbf lies ahead");
    }
    if (invalid.hasErrorCode(ErrorCodes.MALFORMED_CLAIM)) {
      return malformed("a claim is of the wrong kind");
    }
    return new RefusedException(TokenFault.NOT_A_JWT, "it is no JWT with claims");
  }

  private static RefusedException malformed(String text) {
    return new RefusedException(TokenFault.CLAIM, text);
  }

  private static String user(JwtClaims claims) throws MalformedClaimException {
    return claims.getSubject() == null ? "" : claims.getSubject();
  }

  private static Instant expiry(JwtClaims claims) throws MalformedClaimException {
    NumericDate named = claims.getExpirationTime();
    return named == null ? Instant.MAX : Instant.ofEpochSecond(named.getValue());
  }

  /** {@code expire_at} says when the subscription ends, 0 for never; {@code exp} else. */
  private static Instant subscriptionExpiry(JwtClaims claims) throws MalformedClaimException {
    Long expireAt = claims.getClaimValue("expire_at", Long.class);
    if (expireAt == null) {
      return expiry(claims);
    }
    return expireAt == 0 ? Instant.MAX : Instant.ofEpochSecond(expireAt);
  }

  private static byte[] info(JwtClaims claims) throws RefusedException {
    Object base64 = claims.getClaimValue("b64info");
    if (base64 instanceof String text) {
      try {
        return Base64.getDecoder().decode(text);
      } catch (IllegalArgumentException wrong) {
        throw malformed("claim b64info is no base64");
      }
    }
    Object info = claims.getClaimValue("info");
    return info == null ? SeatInfo.NOTHING : InfoJson.of(info).getBytes(UTF_8);
  }

  @SuppressWarnings("unchecked")
  private static List<String> channels(JwtClaims claims) throws MalformedClaimException {
    if (claims.hasClaim("subs")) {
      return List.copyOf(claims.getClaimValue("subs", Map.class).keySet());
    }
    return claims.hasClaim("channels") ? claims.getStringListClaimValue("channels") : List.of();
  }
}
