package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.tideline.testing.TestCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a key that can't verify tokens, before anything is started. */
class KeyCheckTest {
  private static final String LOCATION = KeyCheck.LOCATION;
  private static final String ALGORITHM = KeyCheck.ALGORITHM;
  private static final KeyPair RSA = TokenVerifierTest.pair();

  @TempDir Path directory;

  @Test
  void aKeyThatFitsIsGood() throws Exception {
    assertGood(Map.of(LOCATION, file(pem(RSA))));
    assertGood(Map.of(KeyCheck.OTHER_LOCATION, file(pem(RSA))));
    assertGood(Map.of(LOCATION, file(pem(RSA)), ALGORITHM, "PS256"));
    assertGood(Map.of(LOCATION, file(pem(pair("EC"))), ALGORITHM, "ES256"));
    assertGood(Map.of(LOCATION, file(pem(pair("Ed25519"))), ALGORITHM, "EDDSA"));
    assertGood(Map.of(LOCATION, file(set(key("a"), key("b")))));
    assertGood(
        Map.of(
            KeyCheck.PUBLIC_KEY,
            java.util.Base64.getEncoder().encodeToString(RSA.getPublic().getEncoded())));
    assertGood(Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {KeyCheck.LOCATION, KeyCheck.OTHER_LOCATION})
  void aFileThatIsntThere(String setting) {
    assertRefused(Map.of(setting, "nokey.pem"), setting + " (nokey.pem) can't be read");
    assertRefused(Map.of(setting, directory.toString()), " can't be read");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"garbage", "", "{}", "{\"keys\":[]}", "[]", "-----BEGIN PUBLIC KEY-----\nMIIB"})
  void aFileThatHoldsNoKey(String content) throws IOException {
    assertRefused(Map.of(LOCATION, file(content)), "no public key");
  }

  @Test
  void aPrivateKey() throws IOException {
    String pem = TestCertificate.pem("PRIVATE KEY", RSA.getPrivate().getEncoded());
    assertRefused(Map.of(LOCATION, file(pem)), "holds a private key");
  }

  @Test
  void aKeyForAnotherAlgorithm() throws Exception {
    assertRefused(Map.of(LOCATION, file(pem(pair("EC")))), "set " + ALGORITHM + "=ES256");
    assertRefused(Map.of(LOCATION, file(pem(pair("Ed25519")))), "set " + ALGORITHM + "=EDDSA");
    assertRefused(Map.of(LOCATION, file(pem(RSA)), ALGORITHM, "ES256"), ALGORITHM + "=RS256");
    assertRefused(
        Map.of(LOCATION, file(set(key("a"))), ALGORITHM, "ES256"), "has no key for ES256, but for");
  }

  @ParameterizedTest
  @ValueSource(strings = {"EdDSA", "RS265", "none", "RS256,EdDSA"})
  void anAlgorithmThatIsntOne(String algorithm) throws IOException {
    assertRefused(
        Map.of(LOCATION, file(pem(RSA)), ALGORITHM, algorithm),
        ALGORITHM + " is " + algorithm + ". What to do: write one of RS256,",
        "EDDSA");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "RS256,HS256", "HS512"})
  void anAlgorithmForSecretsBesideAKey(String algorithm) throws IOException {
    assertRefused(
        Map.of(LOCATION, file(pem(RSA)), ALGORITHM, algorithm), "tideline.auth.secret-file");
    assertRefused(
        Map.of(LOCATION, file(pem(RSA)), "smallrye.jwt.verify.algorithm", "HS256"),
        "leave smallrye.jwt.verify.algorithm out");
  }

  @Test
  void aSharedSecretStandsAlone() throws IOException {
    String secret = file("x".repeat(40));
    assertGood(Map.of(SharedSecret.SETTING, secret));
    assertGood(Map.of(SharedSecret.SETTING, secret, ALGORITHM, "HS256"));
    assertRefused(Map.of(SharedSecret.SETTING, secret, ALGORITHM, "RS256"), "leave it out");
    assertRefused(
        Map.of(SharedSecret.SETTING, secret, LOCATION, "key.pem"), LOCATION + " are both set");
    assertRefused(Map.of(SharedSecret.SETTING, file("short")), SharedSecret.SETTING + ": ");
    assertRefused(Map.of(SharedSecret.SETTING, file(pem(RSA))), "not a shared secret");
  }

  @Test
  void aKeyOfASetThatCantBeReadIsNamed() throws Exception {
    String broken = brokenKey("worn");
    assertEquals(
        1,
        ConfiguredKeys.unreadable("{\"keys\":[" + json(key("good")) + "," + broken + "]}").size());
    String content = "{\"keys\":[" + broken + "]}";
    assertTrue(ConfiguredKeys.unreadable(content).get(0).startsWith("kid worn, kty RSA ("));
    assertRefused(Map.of(LOCATION, file(content)), "has keys that can't be read: kid worn");
  }

  // --- addresses

  @Test
  void anAddressThatAnswersWithSomethingElse() throws IOException {
    assertRefusedAt("<html>not here</html>", "answers, but not with a key");
    assertRefusedAt("{\"keys\":[]}", "answers, but not with a key");
  }

  @Test
  void anAddressThatAnswersWithKeys() throws Exception {
    String good = json(key("good"));
    withServer(200, "{\"keys\":[" + good + "]}", KeyCheckTest::assertGood);
    withServer(
        200, "{\"keys\":[" + brokenKey("worn") + "," + good + "]}", KeyCheckTest::assertGood);
  }

  /** It may only be away for a while; tokens are answered with 503 until it is back. */
  @Test
  void anAddressThatIsAwayDoesntStopTheStart() throws IOException {
    withServer(503, "", KeyCheckTest::assertGood);
    withServer(404, "<html>", KeyCheckTest::assertGood);
    assertGood(Map.of(LOCATION, "http://127.0.0.1:1/keys"));
  }

  private void assertRefusedAt(String body, String text) throws IOException {
    withServer(200, body, settings -> assertRefused(settings, text));
  }

  private interface Trial {
    void run(Map<String, String> settings);
  }

  private static void withServer(int status, String body, Trial trial) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/keys",
        exchange -> {
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    try {
      trial.run(Map.of(LOCATION, "http://127.0.0.1:" + server.getAddress().getPort() + "/keys"));
    } finally {
      server.stop(0);
    }
  }

  // --- helpers

  private static void assertGood(Map<String, String> settings) {
    assertDoesNotThrow(() -> KeyCheck.check(config(settings), Duration.ofSeconds(20)));
  }

  private static void assertRefused(Map<String, String> settings, String... texts) {
    String message =
        assertThrows(
                UnusableKeyException.class,
                () -> KeyCheck.check(config(settings), Duration.ofSeconds(20)))
            .getMessage();
    for (String text : texts) {
      assertTrue(message.contains(text), message);
    }
    assertTrue(message.contains("What to do: "), message);
    assertFalse(message.contains("\n"), message);
  }

  private static Config config(Map<String, String> settings) {
    SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder();
    settings.forEach(builder::withDefaultValue);
    return builder.build();
  }

  private String file(String content) throws IOException {
    Path file = Files.createTempFile(directory, "key", ".pem");
    return Files.writeString(file, content).toString();
  }

  private static String pem(KeyPair pair) {
    return TestCertificate.pem("PUBLIC KEY", pair.getPublic().getEncoded());
  }

  private static KeyPair pair(String type) throws Exception {
    return KeyPairGenerator.getInstance(type).generateKeyPair();
  }

  private static RsaJsonWebKey key(String id) throws Exception {
    RsaJsonWebKey key = RsaJwkGenerator.generateJwk(2048);
    key.setKeyId(id);
    return key;
  }

  private static String json(RsaJsonWebKey key) {
    return key.toJson(OutputControlLevel.PUBLIC_ONLY);
  }

  private static String set(RsaJsonWebKey... keys) {
    return new JsonWebKeySet(List.of(keys)).toJson(OutputControlLevel.PUBLIC_ONLY);
  }

  private static String brokenKey(String id) throws Exception {
    return json(key(id)).replaceFirst("\\{", "{\"x5c\":[\"MIIBbroken\"],");
  }
}
