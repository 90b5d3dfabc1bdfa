package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.TokenFault;
import io.tideline.testing.TestCertificate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SharedSecretTest {
  private static final String SECRET = "a secret of thirty-two bytes, or";
  private static final KeyPair PAIR = TokenVerifierTest.pair();

  @TempDir Path directory;

  @Test
  void verifiesWhatItsIssuerSigned() throws Exception {
    TokenVerifier verifier = verifier(SECRET);
    assertEquals("anna", verifier.verify(signed("HS256", SECRET)).subject());
    assertRefused(TokenFault.SIGNATURE, verifier, signed("HS256", SECRET + "!"));
  }

  /** Editors, and those who mount secrets, put them there. */
  @Test
  void lineEndsAfterItDontCount() throws Exception {
    assertEquals("anna", verifier(SECRET + "\r\n").verify(signed("HS256", SECRET)).subject());
  }

  /** With it no key counts, least of all one that was configured before. */
  @Test
  void noOtherAlgorithmCounts() throws Exception {
    TokenVerifier verifier = verifier(SECRET);
    for (String algorithm : new String[] {"HS384", "HS512"}) {
      assertRefused(TokenFault.ALGORITHM, verifier, signed(algorithm, SECRET));
    }
    for (String algorithm : new String[] {"RS256", "PS256"}) {
      String token =
          TokenVerifierTest.signed(TokenVerifierTest.claims(), algorithm, PAIR.getPrivate());
      assertRefused(TokenFault.ALGORITHM, verifier, token);
    }
    assertRefused(
        TokenFault.ALGORITHM,
        verifier,
        TokenVerifierTest.signed(TokenVerifierTest.claims(), "none", null));
  }

  /** Of a key everybody knows the public part: it must never become a secret. */
  @Test
  void aKeyIsNoSecret() throws IOException {
    String pem = TestCertificate.pem("PUBLIC KEY", PAIR.getPublic().getEncoded());
    assertUnusable(pem, "holds a key or certificate, not a shared secret");
    assertUnusable("{\"kty\":\"oct\",\"k\":\"" + "x".repeat(43) + "\"}", "holds JSON");
  }

  @ParameterizedTest
  @CsvSource({"31, false", "32, true", "1000, true", "1025, false"})
  void itHasARightLength(int bytes, boolean isUsable) throws IOException {
    if (isUsable) {
      SharedSecret.in(file("x".repeat(bytes)));
    } else {
      assertUnusable("x".repeat(bytes), " bytes");
    }
  }

  @Test
  void withoutAFileItSaysSo() {
    Path nowhere = directory.resolve("nowhere");
    String message =
        assertThrows(UnusableKeyException.class, () -> SharedSecret.in(nowhere)).getMessage();
    assertTrue(message.contains(nowhere.toString()), message);
  }

  @Test
  void noTextHasIt() throws IOException {
    assertFalse(SharedSecret.in(file(SECRET)).toString().contains(SECRET));
  }

  private void assertUnusable(String content, String text) throws IOException {
    Path file = file(content);
    String message =
        assertThrows(UnusableKeyException.class, () -> SharedSecret.in(file)).getMessage();
    assertTrue(message.contains(text) && message.contains("What to do"), message);
    assertFalse(message.contains("xxx"), message);
  }

  private static void assertRefused(TokenFault fault, TokenVerifier verifier, String token) {
    assertEquals(fault, TokenVerifierTest.refusal(verifier, token).fault());
  }

  private TokenVerifier verifier(String content) throws IOException {
    return new TokenVerifier(
        SharedSecret.in(file(content)).rules(TokenVerifierTest.rules(PAIR)),
        Duration.ofDays(366),
        Clock.systemUTC());
  }

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("secret.txt"), content);
  }

  private static String signed(String algorithm, String secret) {
    return TokenVerifierTest.signed(
        TokenVerifierTest.claims(),
        algorithm,
        new HmacKey(secret.getBytes(StandardCharsets.UTF_8)));
  }
}
