package io.tideline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.identity.SharedSecret;
import io.tideline.identity.TokenVerifier;
import io.tideline.identity.UnusableKeyException;
import io.tideline.stream.Channel;
import io.tideline.testing.TestCertificate;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line without a server: what it prints where, and its exit codes. */
class TidelineCommandTest {
  private static final String SECRET = "a secret of thirty-two bytes, or more";

  @TempDir Path directory;

  private KeyPair firstRun;
  private boolean isKeyConfigured;
  private Optional<Path> secretFile = Optional.empty();

  @BeforeEach
  void makeTheKeyOfTheFirstRun() throws Exception {
    firstRun = pair("RSA", 2048);
    Files.writeString(directory.resolve("first-run-key.pem"), pem(firstRun));
  }

  // --- token

  @Test
  void mintsATokenThatTheFirstRunTakes() throws Exception {
    Outcome made =
        run(
            "token",
            "--subject",
            "alice",
            "--subscribe",
            "orders:*,user:{sub}",
            "--publish",
            "a",
            "--publish",
            "b");
    assertEquals(0, made.code(), made.errors());
    assertEquals("", made.errors());
    assertEquals(1, made.out().lines().count(), "the token alone");
    Identity alice = verify(made.out(), firstRun.getPublic(), SignatureAlgorithm.RS256);
    assertEquals("alice", alice.subject());
    for (String channel : new String[] {"orders:42", "user:alice"}) {
      assertTrue(alice.rights().allow(Action.SUBSCRIBE, new Channel(channel)));
    }
    for (String channel : new String[] {"a", "b"}) {
      assertTrue(alice.rights().allow(Action.PUBLISH, new Channel(channel)));
    }
    assertFalse(alice.rights().allow(Action.PUBLISH, new Channel("orders:42")));
    assertFalse(alice.rights().allow(Action.ADMIN, new Channel("a")));
    assertEquals(Duration.ofHours(1), Duration.between(alice.issuedAt(), alice.expiresAt()));
  }

  @Test
  void takesWhatElseATokenMaySay() throws Exception {
    JsonObject claims =
        claims(
            run(
                "token",
                "--subject",
                "alice",
                "--presence",
                "p",
                "--admin",
                "*",
                "--expires",
                "7d",
                "--id",
                "t-1",
                "--issuer",
                "me",
                "--audience",
                "you",
                "--key-id",
                "k1"));
    assertEquals("t-1", claims.getString("jti"));
    assertEquals("me", claims.getString("iss"));
    assertEquals("you", claims.getString("aud"));
    assertEquals(7 * 86_400, claims.getLong("exp") - claims.getLong("iat"));
    assertEquals(
        new JsonObject("{\"presence\":[\"p\"],\"admin\":[\"*\"]}"),
        claims.getJsonObject("tideline"));
  }

  @Test
  void signsWithAKeyOfItsIssuer() throws Exception {
    isKeyConfigured = true;
    assertSigns(pair("EC", 256), SignatureAlgorithm.ES256);
    assertSigns(pair("EC", 384), SignatureAlgorithm.ES384);
    assertSigns(pair("EC", 521), SignatureAlgorithm.ES512);
    assertSigns(pair("RSA", 2048), SignatureAlgorithm.RS256);
    assertSigns(pair("Ed25519", 255), SignatureAlgorithm.EDDSA);
  }

  private void assertSigns(KeyPair pair, SignatureAlgorithm algorithm) throws Exception {
    Path key = Files.writeString(directory.resolve("own.pem"), pem(pair));
    Outcome made = run("token", "--subject", "a", "--subscribe", "*", "--key", key.toString());
    assertEquals("a", verify(made.out(), pair.getPublic(), algorithm).subject(), made.errors());
  }

  @Test
  void signsWithASharedSecret() throws Exception {
    Path file = Files.writeString(directory.resolve("secret.txt"), SECRET + "\n");
    Outcome given =
        run("token", "--subject", "a", "--secret-file", file.toString(), "--admin", "*");
    secretFile = Optional.of(file);
    isKeyConfigured = true;
    Outcome configured = run("token", "--subject", "a", "--admin", "*");
    for (Outcome made : new Outcome[] {given, configured}) {
      JWTAuthContextInfo rules =
          SharedSecret.in(file).rules(rules(firstRun.getPublic(), SignatureAlgorithm.RS256));
      assertEquals("a", verifier(rules).verify(made.out().strip()).subject());
    }
  }

  @Test
  void saysWhatToDoWithoutAKey() throws IOException {
    Files.delete(directory.resolve("first-run-key.pem"));
    assertFails("isn't there: the first run makes it. What to do: start the server once");
    Files.writeString(directory.resolve("first-run-key.pem"), "garbage");
    assertFails("holds no private key in PKCS #8. What to do: ");
    isKeyConfigured = true;
    assertFails("only its issuer has the private one. What to do: name that by --key");
  }

  private void assertFails(String text) {
    Outcome failed = run("token", "--subject", "a", "--subscribe", "*");
    assertEquals(1, failed.code());
    assertEquals("", failed.out());
    assertTrue(failed.errors().contains(text), failed.errors());
    assertEquals(1, failed.errors().lines().count(), failed.errors());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "token",
        "token --subject",
        "token --subject a --subscribe orders*:1",
        "token --subject a/b --subscribe user:{sub}",
        "token --subject a --expires soon",
        "token --subject a --expires 0s",
        "token --subject a --expires -1h",
        "token --subject a --key x --secret-file y",
        "token --subjekt a",
        "tokens --subject a",
        "token check a b",
      })
  void isCalledInTheWrongWay(String line) {
    Outcome wrong = run(line.split(" "));
    assertEquals(2, wrong.code(), wrong.errors());
    assertEquals("", wrong.out());
    assertFalse(wrong.errors().contains("Exception"), wrong.errors());
  }

  @Test
  void aTokenThatGrantsNothingIsMadeAndToldOf() {
    Outcome made = run("token", "--subject", "a");
    assertEquals(0, made.code());
    assertEquals(1, made.out().lines().count());
    assertTrue(made.errors().contains("grants nothing"), made.errors());
  }

  // --- token decode, token check

  @Test
  void decodesWhatItDoesNotTrust() {
    String token = run("token", "--subject", "alice", "--key-id", "k1").out().strip();
    Outcome decoded = run("token", "decode", token.substring(0, token.lastIndexOf('.')) + ".AA");
    assertEquals(0, decoded.code(), decoded.errors());
    String[] lines = decoded.out().split("\n", -1);
    assertEquals("k1", new JsonObject(lines[0]).getString("kid"));
    assertEquals("alice", new JsonObject(lines[1]).getString("sub"));
    assertEquals(1, run("token", "decode", "abc").code());
  }

  @Test
  void checksWhatATokenMayDo() {
    String token = run("token", "--subject", "alice", "--subscribe", "orders:*,x").out().strip();
    Outcome good = run("token", "check", token);
    assertEquals(0, good.code(), good.errors());
    assertTrue(good.out().contains("subscribe: orders:*, x"), good.out());
    assertTrue(good.out().contains("publish: nothing"), good.out());
    Outcome other =
        run("token", "check", run("token", "--subject", "a", "--audience", "b").out().strip());
    assertEquals(1, other.code());
    assertEquals("", other.out());
    assertTrue(
        other
            .errors()
            .contains("Refused: claim aud is another one; 'tideline' is expected. (audience)"),
        other.errors());
  }

  // --- the rest

  @Test
  void servesWhereNothingElseIsSaid() {
    assertEquals(TidelineCommand.SERVE, run().code());
    assertEquals(TidelineCommand.SERVE, run("serve").code());
  }

  @Test
  void saysWhatThereIs() {
    Outcome unknown = run("publsh");
    assertEquals(2, unknown.code());
    assertTrue(
        unknown.errors().contains("publsh") && unknown.errors().contains("token"),
        unknown.errors());
    for (String[] help : new String[][] {{"--help"}, {"token", "--help"}, {"serve", "--help"}}) {
      Outcome helped = run(help);
      assertEquals(0, helped.code());
      assertTrue(helped.out().startsWith("Usage: tideline"), helped.out());
    }
    assertEquals("tideline 1.2.3", run("--version").out().strip());
  }

  private record Outcome(int code, String out, String errors) {}

  private Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter errors = new StringWriter();
    int code =
        TidelineCommand.run(
            new Here(), new PrintWriter(out, true), new PrintWriter(errors, true), arguments);
    return new Outcome(code, out.toString(), errors.toString());
  }

  private static JsonObject claims(Outcome made) {
    byte[] claims = Base64.getUrlDecoder().decode(made.out().split("\\.", -1)[1]);
    return new JsonObject(new String(claims, StandardCharsets.UTF_8));
  }

  private static Identity verify(String token, PublicKey key, SignatureAlgorithm algorithm)
      throws Exception {
    return verifier(rules(key, algorithm)).verify(token.strip());
  }

  private static TokenVerifier verifier(JWTAuthContextInfo rules) {
    return new TokenVerifier(rules, Duration.ofDays(366), Clock.systemUTC());
  }

  private static JWTAuthContextInfo rules(PublicKey key, SignatureAlgorithm algorithm) {
    JWTAuthContextInfo rules = new JWTAuthContextInfo(key, "tideline");
    rules.setExpectedAudience(Set.of("tideline"));
    rules.setSignatureAlgorithm(Set.of(algorithm));
    return rules;
  }

  private static KeyPair pair(String type, int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private static String pem(KeyPair pair) {
    return TestCertificate.pem("PRIVATE KEY", pair.getPrivate().getEncoded());
  }

  /** A first run, unless a key is configured. */
  private final class Here implements Surroundings {
    @Override
    public String version() {
      return "1.2.3";
    }

    @Override
    public Path firstRunKey() {
      return directory.resolve("first-run-key.pem");
    }

    @Override
    public boolean isKeyConfigured() {
      return isKeyConfigured;
    }

    @Override
    public Optional<Path> secretFile() {
      return secretFile;
    }

    @Override
    public Optional<String> issuer() {
      return Optional.of("tideline");
    }

    @Override
    public Optional<String> audience() {
      return Optional.of("tideline");
    }

    @Override
    public Duration tokenAge() {
      return Duration.ofDays(366);
    }

    @Override
    public JWTAuthContextInfo rules() throws UnusableKeyException {
      return TidelineCommandTest.rules(firstRun.getPublic(), SignatureAlgorithm.RS256);
    }
  }
}
