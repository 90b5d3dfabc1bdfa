package io.tideline.identity;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.smallrye.jwt.auth.principal.ParseException;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.consumer.ErrorCodeValidator;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;
import org.jspecify.annotations.Nullable;

/**
 * The reason behind a failed verification. The verdict itself isn't its matter: it only looks again
 * at a token that was refused already.
 */
final class TokenDiagnosis {
  private final JWTAuthContextInfo rules;
  private final List<TokenRefusal> found = new ArrayList<>();

  private TokenDiagnosis(JWTAuthContextInfo rules) {
    this.rules = rules;
  }

  static TokenRefusal of(String token, JWTAuthContextInfo rules, ParseException failure) {
    InvalidJwtException invalid = cause(InvalidJwtException.class, failure);
    if (invalid != null && invalid.hasExpired()) {
      return new TokenRefusal(TokenFault.EXPIRED, "its time is over (claim exp)");
    }
    TokenRefusal ofHead = head(token, rules);
    if (ofHead != null) {
      return ofHead;
    }
    if (cause(UnresolvableKeyException.class, failure) != null) {
      return ofKey(failure);
    }
    if (invalid == null) {
      return new TokenRefusal(
          TokenFault.LIFETIME,
          "it lasts longer than smallrye.jwt.time-to-live or mp.jwt.verify.token.age allow");
    }
    TokenDiagnosis diagnosis = new TokenDiagnosis(rules);
    diagnosis.add(invalid);
    return diagnosis.sum();
  }

  private static @Nullable TokenRefusal head(String token, JWTAuthContextInfo rules) {
    String algorithm;
    try {
      JsonWebStructure parts = JsonWebStructure.fromCompactSerialization(token);
      algorithm = parts.getAlgorithmHeaderValue();
    } catch (JoseException | ClassCastException malformed) {
      return new TokenRefusal(
          TokenFault.NOT_A_JWT,
          "it is not a JWT: that is three parts in base64url with dots between them");
    }
    List<String> expected =
        rules.getSignatureAlgorithm().stream().map(SignatureAlgorithm::getAlgorithm).toList();
    if (expected.contains(algorithm)) {
      return null;
    }
    return new TokenRefusal(
        TokenFault.ALGORITHM,
        "its header says alg " + known(algorithm) + "; " + joined(expected) + " is expected");
  }

  /** Only names that we know: anybody may write anything there, and this may be logged. */
  private static String known(@Nullable String algorithm) {
    if ("none".equals(algorithm)) {
      return "none (it is not signed)";
    }
    for (SignatureAlgorithm each : SignatureAlgorithm.values()) {
      if (each.getAlgorithm().equals(algorithm)) {
        return each.getAlgorithm();
      }
    }
    return algorithm == null ? "nothing" : "something else";
  }

  private static TokenRefusal ofKey(ParseException failure) {
    return cause(IOException.class, failure) != null
        ? new TokenRefusal(TokenFault.KEYS_UNAVAILABLE, "the issuer's keys can't be fetched now")
        : new TokenRefusal(
            TokenFault.UNKNOWN_KEY,
            "the key that it names (kid) is not among the configured keys that fit its algorithm");
  }

  private void add(InvalidJwtException invalid) {
    JwtClaims claims =
        invalid.getJwtContext() == null ? null : invalid.getJwtContext().getJwtClaims();
    for (ErrorCodeValidator.Error error : invalid.getErrorDetails()) {
      boolean isAboutClaims = claims != null && invalid.getCause() == null;
      add(error.getErrorCode(), claims, isAboutClaims);
    }
    if (claims != null && !claims.hasClaim("sub") && !has(TokenFault.SIGNATURE)) {
      found.add(new TokenRefusal(TokenFault.SUBJECT, "claim sub is missing"));
    }
    if (found.isEmpty()) {
      found.add(
          new TokenRefusal(
              TokenFault.CLAIM, "a claim is missing that smallrye.jwt.required.claims names"));
    }
  }

  private boolean has(TokenFault fault) {
    return found.stream().anyMatch(each -> each.fault() == fault);
  }

  private void add(int code, @Nullable JwtClaims claims, boolean isAboutClaims) {
    found.add(
        switch (code) {
          case ErrorCodes.SIGNATURE_INVALID, ErrorCodes.SIGNATURE_MISSING ->
              new TokenRefusal(
                  TokenFault.SIGNATURE,
                  "it is not signed with the configured key, or was changed after that");
          case ErrorCodes.ISSUER_MISSING ->
              new TokenRefusal(
                  TokenFault.ISSUER,
                  "claim iss is missing; '" + rules.getIssuedBy() + "' is expected");
          case ErrorCodes.ISSUER_INVALID -> new TokenRefusal(TokenFault.ISSUER, issuer(claims));
          case ErrorCodes.AUDIENCE_MISSING ->
              new TokenRefusal(
                  TokenFault.AUDIENCE, "claim aud is missing; " + audiences() + " is expected");
          case ErrorCodes.AUDIENCE_INVALID ->
              new TokenRefusal(
                  TokenFault.AUDIENCE, "claim aud is another one; " + audiences() + " is expected");
          case ErrorCodes.EXPIRATION_MISSING ->
              new TokenRefusal(TokenFault.EXPIRY, "claim exp is missing");
          case ErrorCodes.ISSUED_AT_MISSING ->
              new TokenRefusal(TokenFault.ISSUED_AT, "claim iat is missing");
          case ErrorCodes.NOT_YET_VALID ->
              new TokenRefusal(
                  TokenFault.NOT_YET_VALID,
                  "claim nbf lies ahead; compare the clocks of issuer and server");
          case ErrorCodes.MALFORMED_CLAIM ->
              new TokenRefusal(
                  TokenFault.CLAIM, "claim " + malformed(claims) + " is of the wrong kind");
          default ->
              isAboutClaims
                  ? new TokenRefusal(TokenFault.LIFETIME, "claim exp lies before iat or nbf")
                  : new TokenRefusal(
                      TokenFault.NOT_A_JWT,
                      "its parts are not a header and claims in JSON that can be understood");
        });
  }

  private String issuer(@Nullable JwtClaims claims) {
    String expected = rules.getIssuedBy();
    Object named = claims == null ? null : claims.getClaimValue("iss");
    boolean differsBySlash = (expected + "/").equals(named) || expected.equals(named + "/");
    return differsBySlash
        ? "claim iss and '" + expected + "', which is expected, differ by a slash at the end"
        : "claim iss is another one; '" + expected + "' is expected";
  }

  private String audiences() {
    return joined(
        new TreeSet<>(rules.getExpectedAudience())
            .stream().map(audience -> "'" + audience + "'").toList());
  }

  private static String joined(Collection<String> names) {
    return names.stream().collect(Collectors.joining(" or "));
  }

  private static String malformed(@Nullable JwtClaims claims) {
    if (claims == null) {
      return "iss, aud, exp, nbf or iat";
    }
    Map<String, ClaimReader> readers =
        Map.of(
            "iss", JwtClaims::getIssuer,
            "aud", JwtClaims::getAudience,
            "exp", JwtClaims::getExpirationTime,
            "nbf", JwtClaims::getNotBefore,
            "iat", JwtClaims::getIssuedAt,
            "sub", JwtClaims::getSubject,
            "jti", JwtClaims::getJwtId);
    return new TreeSet<>(readers.keySet())
        .stream()
            .filter(name -> !isReadable(claims, readers.get(name)))
            .findFirst()
            .orElse("iss, aud, exp, nbf or iat");
  }

  /** Reads one of the registered claims as what it must be. */
  private interface ClaimReader {
    @Nullable Object read(JwtClaims claims) throws MalformedClaimException;
  }

  private static boolean isReadable(JwtClaims claims, ClaimReader reader) {
    try {
      reader.read(claims);
      return true;
    } catch (MalformedClaimException wrongKind) {
      return false;
    }
  }

  /** The first reason counts; the text names all, so that nobody has to find them one by one. */
  private TokenRefusal sum() {
    return new TokenRefusal(
        found.get(0).fault(),
        found.stream().map(TokenRefusal::text).distinct().collect(Collectors.joining(", and ")));
  }

  private static <T extends Throwable> @Nullable T cause(Class<T> type, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return type.cast(cause);
      }
    }
    return null;
  }
}
