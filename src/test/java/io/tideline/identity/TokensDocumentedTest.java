package io.tideline.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.jwt.algorithm.SignatureAlgorithm;
import io.smallrye.jwt.auth.principal.JWTAuthContextInfo;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.TokenFault;
import io.tideline.stream.Channel;
import io.tideline.testing.TestCertificate;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the documents say about tokens is what the server takes, and how it refuses them. */
class TokensDocumentedTest {
  private static final Path PROTOCOL = Path.of("docs/protocol.md");
  private static final Path GUIDE = Path.of("docs/tokens.md");
  private static final Path EXAMPLE = Path.of("examples/token.sh");

  private final KeyPair key = TokenVerifierTest.pair();

  @Test
  void everyReasonHasItsRemedy() throws IOException {
    String text = Files.readString(GUIDE);
    String table = text.substring(text.indexOf("<!-- refusals:"), text.indexOf("<!-- /refusals"));
    List<String> documented =
        Pattern.compile("^\\| `([a-z-]+)` \\| .+ \\| .+ \\|$", Pattern.MULTILINE)
            .matcher(table)
            .results()
            .map(row -> row.group(1))
            .toList();
    assertEquals(Arrays.stream(TokenFault.values()).map(TokenFault::code).toList(), documented);
  }

  /** Signed as it stands there, only at another time. */
  @Test
  void theTokenOfTheProtocolIsGood() throws Exception {
    JsonObject example = example();
    long shift = TokenVerifierTest.now() - example.getLong("iat");
    example.put("iat", example.getLong("iat") + shift).put("exp", example.getLong("exp") + shift);
    Identity alice = verify(SigningKey.of(key.getPrivate()).sign(claims(example), null));
    assertEquals("alice", alice.subject());
    assertTrue(alice.rights().allow(Action.SUBSCRIBE, new Channel("orders:42")));
    assertTrue(alice.rights().allow(Action.SUBSCRIBE, new Channel("user:alice:inbox")));
    assertTrue(alice.rights().allow(Action.PUBLISH, new Channel("chat:lobby")));
  }

  private static JsonObject example() throws IOException {
    Matcher block =
        Pattern.compile("```json\n(\\{ \"iss\".*?)\n```", Pattern.DOTALL)
            .matcher(Files.readString(PROTOCOL));
    assertTrue(block.find(), "the example stands in " + PROTOCOL);
    return new JsonObject(block.group(1));
  }

  private static JwtClaims claims(JsonObject example) throws InvalidJwtException {
    return JwtClaims.parse(example.encode());
  }

  @Test
  void theExampleInShellMakesAGoodToken(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("key.pem");
    Files.writeString(file, TestCertificate.pem("PRIVATE KEY", key.getPrivate().getEncoded()));
    ProcessBuilder shell =
        new ProcessBuilder("sh", EXAMPLE.toString(), "alice", "{\"subscribe\":[\"orders:*\"]}");
    shell.environment().put("TIDELINE_KEY", file.toString());
    Process process = shell.redirectErrorStream(true).start();
    String token = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(1, TimeUnit.MINUTES));
    assertEquals(0, process.exitValue(), token);
    Identity alice = verify(token.strip());
    assertTrue(alice.rights().allow(Action.SUBSCRIBE, new Channel("orders:42")));
  }

  /** As the first run judges. */
  private Identity verify(String token) throws TokenRefusedException {
    JWTAuthContextInfo rules = new JWTAuthContextInfo(key.getPublic(), "tideline");
    rules.setExpectedAudience(Set.of("tideline"));
    rules.setSignatureAlgorithm(Set.of(SignatureAlgorithm.RS256));
    return new TokenVerifier(rules, Duration.ofDays(366), Clock.systemUTC()).verify(token);
  }
}
