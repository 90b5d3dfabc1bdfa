package chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/** The key that all nodes verify tokens with, and a token with all grants (RFC 7519, RS256). */
final class Keys {
  private static final String ISSUER = "tideline-chaos";
  private static final Duration LIFETIME = Duration.ofDays(1);

  private final KeyPair pair;

  Keys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      pair = generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has RSA", e);
    }
  }

  Map<String, String> settings() {
    return Map.of(
        "mp.jwt.verify.publickey",
        Base64.getEncoder().encodeToString(pair.getPublic().getEncoded()),
        "mp.jwt.verify.issuer",
        ISSUER,
        "mp.jwt.verify.audiences",
        "tideline");
  }

  String token() {
    long now = Instant.now().getEpochSecond();
    String claims =
        """
        {"iss":"%s","aud":"tideline","sub":"chaos","iat":%d,"exp":%d,\
        "tideline":{"subscribe":["*"],"publish":["*"],"presence":["*"],"admin":["*"]}}"""
            .formatted(ISSUER, now - 60, now + LIFETIME.toSeconds());
    String signed =
        base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(UTF_8))
            + "."
            + base64(claims.getBytes(UTF_8));
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(pair.getPrivate());
      signature.update(signed.getBytes(UTF_8));
      return signed + "." + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has RSA", e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
