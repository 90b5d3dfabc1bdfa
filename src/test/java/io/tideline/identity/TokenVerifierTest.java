package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.stream.Channel;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reason for which a token is refused, and what is told of it. */
class TokenVerifierTest {
  private static final String ISSUER = "https://id.example";
  private static final KeyPair OURS = pair();
  private static final KeyPair THEIRS = pair();
  private static final Duration AGE_MAX = Duration.ofDays(366);

  private final TokenVerifier verifier = new TokenVerifier(rules(OURS), AGE_MAX, Clock.systemUTC());

  static Stream<Arguments> refused() {
    return Stream.of(
        row(TokenFault.NOT_A_JWT, "three parts", "abc"),
        row(TokenFault.NOT_A_JWT, "three parts", "a.b.c"),
        row(TokenFault.NOT_A_JWT, "three parts", ""),
        row(TokenFault.TOO_LONG, "8192", "x".repeat(9000)),
        row(TokenFault.ALGORITHM, "alg none (it is not signed); RS256", unsigned()),
        row(
            TokenFault.ALGORITHM,
            "alg HS256; RS256 is expected",
            signed(claims(), "HS256", new HmacKey(OURS.getPublic().getEncoded()))),
        row(TokenFault.ALGORITHM, "alg RS512", signed(claims(), "RS512", OURS.getPrivate())),
        row(
            TokenFault.SIGNATURE,
            "not signed with",
            signed(claims(), "RS256", THEIRS.getPrivate())),
        row(TokenFault.ISSUER, "iss is missing; '" + ISSUER + "'", with(c -> c.unsetClaim("iss"))),
        row(TokenFault.ISSUER, "iss is another one", with(c -> c.setIssuer("x"))),
        row(TokenFault.ISSUER, "differ by a slash", with(c -> c.setIssuer(ISSUER + "/"))),
        row(TokenFault.AUDIENCE, "aud is missing; 'tideline'", with(c -> c.unsetClaim("aud"))),
        row(TokenFault.AUDIENCE, "aud is another one; 'tideline'", with(c -> c.setAudience("x"))),
        row(TokenFault.SUBJECT, "sub is missing", with(c -> c.unsetClaim("sub"))),
        row(TokenFault.ISSUED_AT, "iat is missing", with(c -> c.unsetClaim("iat"))),
        row(
            TokenFault.ISSUED_AT,
            "iat lies more than a minute ahead",
            with(c -> c.setClaim("iat", now() + 120))),
        row(TokenFault.EXPIRY, "exp is missing", with(c -> c.unsetClaim("exp"))),
        row(
            TokenFault.EXPIRED,
            "its time is over",
            with(
                c -> {
                  c.setClaim("iat", now() - 900);
                  c.setClaim("exp", now() - 300);
                })),
        row(TokenFault.NOT_YET_VALID, "nbf lies ahead", with(c -> c.setClaim("nbf", now() + 300))),
        row(TokenFault.LIFETIME, "exp lies before iat", with(c -> c.setClaim("iat", now() + 3600))),
        row(
            TokenFault.CLAIM,
            "claim exp is of the wrong kind",
            with(c -> c.setClaim("exp", "never"))),
        row(
            TokenFault.CLAIM,
            "claim iss is of the wrong kind",
            with(c -> c.setClaim("iss", List.of("x")))),
        row(TokenFault.CLAIM, "claim jti is of the wrong kind", with(c -> c.setClaim("jti", 1))),
        row(
            TokenFault.GRANTS,
            "'subscribe' in claim tideline has an entry that is not text",
            with(c -> c.setClaim("tideline", Map.of("subscribe", List.of(1))))),
        row(
            TokenFault.GRANTS,
            "more than 1000",
            with(c -> c.setClaim("tideline", Map.of("subscribe", many())))));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void saysWhyATokenIsRefused(TokenFault fault, String text, String token) {
    TokenRefusal refusal = refusal(verifier, token);
    assertEquals(fault, refusal.fault(), refusal.text());
    assertTrue(refusal.text().contains(text), refusal.text());
  }

  /** Revoked tokens are found later, and keys that are fetched have a test of their own. */
  @Test
  void everyReasonIsTried() {
    Set<Object> tried =
        Stream.concat(
                refused().map(row -> row.get()[0]),
                Stream.of(TokenFault.REVOKED, TokenFault.UNKNOWN_KEY, TokenFault.KEYS_UNAVAILABLE))
            .collect(java.util.stream.Collectors.toSet());
    assertEquals(Set.of((Object[]) TokenFault.values()), tried);
  }

  @Test
  void allThatIsMissingIsToldAtOnce() {
    TokenRefusal refusal =
        refusal(
            verifier,
            with(
                claims -> {
                  claims.unsetClaim("iss");
                  claims.unsetClaim("aud");
                  claims.unsetClaim("iat");
                }));
    for (String claim : List.of("iss", "aud", "iat")) {
      assertTrue(refusal.text().contains("claim " + claim + " is missing"), refusal.text());
    }
  }

  @Test
  void nothingOfTheTokenIsTold() {
    String forged = signed(claims(), "RS256", THEIRS.getPrivate());
    String another = with(c -> c.setIssuer("secret-issuer"));
    String odd = header("{\"alg\":\"my-secret\"}") + ".e30.AA";
    for (String token : List.of(forged, another, odd, "my-secret")) {
      String text = refusal(verifier, token).text();
      assertFalse(text.contains("secret") || text.contains(token), text);
    }
  }

  @Test
  void aGoodTokenIsItsSubject() throws TokenRefusedException {
    Identity identity =
        verifier.verify(
            with(c -> c.setClaim("tideline", Map.of("subscribe", List.of("user:{sub}:*")))));
    assertEquals("anna", identity.subject());
    assertTrue(identity.rights().allow(Action.SUBSCRIBE, new Channel("user:anna:inbox")));
  }

  static Stream<Arguments> flaws() {
    return Stream.of(
        Arguments.of(Map.of("subscribes", List.of("*")), "'subscribes' in its claim 'tideline'"),
        Arguments.of(Map.of("SUBSCRIBE", List.of("*")), "'SUBSCRIBE' in its claim 'tideline'"),
        Arguments.of(
            Map.of("subscribe", "orders:*"), "'subscribe' in its claim 'tideline' is not a list"),
        Arguments.of("orders:*", "its claim 'tideline' is not an object"),
        Arguments.of(Map.of("subscribe", List.of("orders*:42")), "'orders*:42' in its 'subscribe'"),
        Arguments.of(Map.of(), "it grants no 'subscribe' at all"),
        Arguments.of(Map.of("subscribe", List.of("o")), "none of its patterns for 'subscribe'"),
        Arguments.of(null, "it has no claim 'tideline'"));
  }

  @ParameterizedTest
  @MethodSource("flaws")
  void whatCantBeReadOfTheGrantsIsNamed(Object claim, String text) throws TokenRefusedException {
    String token =
        with(
            c -> {
              if (claim != null) {
                c.setClaim("tideline", claim);
              }
            });
    String why = verifier.verify(token).rights().whyNot(Action.SUBSCRIBE, "orders:42");
    assertTrue(why.contains(text), why);
    assertTrue(why.startsWith("This token doesn't allow 'subscribe' on 'orders:42': "), why);
  }

  // --- parts of a token

  private static List<String> many() {
    return java.util.Collections.nCopies(1001, "a");
  }

  private static Arguments row(TokenFault fault, String text, String token) {
    return Arguments.of(fault, text, token);
  }

  static TokenRefusal refusal(TokenVerifier verifier, String token) {
    return assertThrows(TokenRefusedException.class, () -> verifier.verify(token)).refusal();
  }

  static long now() {
    return Instant.now().getEpochSecond();
  }

  static JwtClaims claims() {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(ISSUER);
    claims.setAudience("tideline");
    claims.setSubject("anna");
    claims.setClaim("iat", now());
    claims.setClaim("exp", now() + 600);
    return claims;
  }

  private static String with(Consumer<JwtClaims> change) {
    JwtClaims claims = claims();
    change.accept(claims);
    return signed(claims, "RS256", OURS.getPrivate());
  }

  private static String unsigned() {
    return signed(claims(), "none", null);
  }

  private static String header(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  static String signed(JwtClaims claims, String algorithm, Key key) {
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims.toJson());
    signature.setKey(key);
    signature.setAlgorithmHeaderValue(algorithm);
    signature.setAlgorithmConstraints(AlgorithmConstraints.NO_CONSTRAINTS);
    signature.setDoKeyValidation(false);
    try {
      return signature.getCompactSerialization();
    } catch (JoseException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }

  static JWTAuthContextInfo rules(KeyPair key) {
    JWTAuthContextInfo rules = new JWTAuthContextInfo(key.getPublic(), ISSUER);
    rules.setExpectedAudience(Set.of("tideline"));
    rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.RS256));
    return rules;
  }

  static KeyPair pair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }
}
