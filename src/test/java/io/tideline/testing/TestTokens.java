package io.tideline.testing;

import io.smallrye.jwt.build.Jwt;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;

/** Tokens that a test application accepts, with whatever grants a test needs. */
public final class TestTokens {
  public static final String ISSUER = "tideline-test";
  public static final String AUDIENCE = "tideline";

  private static final Duration LIFETIME = Duration.ofHours(1);

  /** Known to the whole JVM, as Quarkus may load this class more than once. */
  private static final String KEY = TestTokens.class.getName() + ".";

  private TestTokens() {}

  /** All grants on all channels. */
  public static String all() {
    return allAs("tester");
  }

  /** Likewise, for a subject of the test's own. */
  public static String allAs(String subject) {
    List<String> all = List.of("*");
    return withGrants(
        subject, Map.of("subscribe", all, "publish", all, "presence", all, "admin", all));
  }

  public static String subscribing(String subject, String... channels) {
    return withGrants(subject, Map.of("subscribe", List.of(channels)));
  }

  public static String publishing(String subject, String... channels) {
    return withGrants(subject, Map.of("publish", List.of(channels)));
  }

  /** A token whose {@code tideline} claim is exactly this. */
  public static String withGrants(String subject, Map<String, List<String>> grants) {
    return expiringAt(subject, grants, Instant.now().plus(LIFETIME));
  }

  /** As {@link #allAs}, but without a {@code jti}. */
  public static String withoutId(String subject) {
    JwtClaims claims = new JwtClaims();
    claims.setIssuer(ISSUER);
    claims.setAudience(AUDIENCE);
    claims.setSubject(subject);
    claims.setIssuedAtToNow();
    claims.setExpirationTimeMinutesInTheFuture((float) LIFETIME.toMinutes());
    claims.setClaim("tideline", Map.of("subscribe", List.of("*"), "publish", List.of("*")));
    JsonWebSignature signature = new JsonWebSignature();
    signature.setPayload(claims.toJson());
    signature.setKey(privateKey());
    signature.setAlgorithmHeaderValue(AlgorithmIdentifiers.RSA_USING_SHA256);
    try {
      return signature.getCompactSerialization();
    } catch (JoseException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }

  public static String expiringAt(
      String subject, Map<String, List<String>> grants, Instant expiry) {
    return between(subject, grants, Instant.now().minusSeconds(1), expiry);
  }

  /** A token that says when it was issued and until when it is good. */
  public static String between(
      String subject, Map<String, List<String>> grants, Instant issued, Instant expiry) {
    return Jwt.issuer(ISSUER)
        .audience(AUDIENCE)
        .subject(subject)
        .claim("tideline", grants)
        .issuedAt(issued)
        .expiresAt(expiry)
        .sign(privateKey());
  }

  /** The {@code jti} of a token. */
  public static String idOf(String token) {
    byte[] claims = Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]);
    return new JsonObject(new String(claims, StandardCharsets.UTF_8)).getString("jti");
  }

  /** The configuration with which an application accepts these tokens. */
  static Map<String, String> verification() {
    makeKeysOnce();
    return Map.of(
        "mp.jwt.verify.publickey", System.getProperty(KEY + "public"),
        "mp.jwt.verify.issuer", ISSUER,
        "mp.jwt.verify.audiences", AUDIENCE);
  }

  /** For tokens that a test puts together itself. */
  public static PrivateKey signingKey() {
    return privateKey();
  }

  /** As the application is given it: base64 of its DER form. */
  public static String publicKey() {
    makeKeysOnce();
    return System.getProperty(KEY + "public");
  }

  private static PrivateKey privateKey() {
    makeKeysOnce();
    byte[] encoded = Base64.getDecoder().decode(System.getProperty(KEY + "private"));
    try {
      return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
    } catch (GeneralSecurityException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }

  private static synchronized void makeKeysOnce() {
    if (System.getProperty(KEY + "private") != null) {
      return;
    }
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      KeyPair pair = generator.generateKeyPair();
      System.setProperty(KEY + "public", base64(pair.getPublic().getEncoded()));
      System.setProperty(KEY + "private", base64(pair.getPrivate().getEncoded()));
    } catch (GeneralSecurityException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
