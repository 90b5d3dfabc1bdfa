package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of other origins on the first run, which is for this machine alone. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(LocalPagesTest.OnThisMachine.class)
class LocalPagesTest {
  private static final Path DIRECTORY = Path.of("target/local-pages").toAbsolutePath();
  private static final Path LOG = DIRECTORY.resolve("server.log");
  private static final String LOCAL = "http://localhost:3000";
  private static final String READ = "GET /v1/channels/local:1";
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TestHTTPResource("/")
  URI base;

  static Stream<RestCase> pages() {
    return Stream.of(
        RestCase.of("a preflight", "OPTIONS /v1/channels/local:1")
            .origin(LOCAL)
            .header("Access-Control-Request-Method", "GET")
            .header("Access-Control-Request-Headers", "authorization")
            .answers(204)
            .has("Access-Control-Allow-Origin", LOCAL)
            .has("Access-Control-Allow-Headers", "authorization")
            .lacks("Access-Control-Allow-Credentials"),
        RestCase.of("with a token", READ)
            .origin(LOCAL)
            .token(TestTokens.all())
            .answers(200)
            .has("Access-Control-Allow-Origin", LOCAL),
        RestCase.of("without a token", READ).origin(LOCAL).refuses(401, "unauthenticated"),
        RestCase.of("with a cookie, which is not its own", READ)
            .origin(LOCAL)
            .header("Cookie", "tideline=" + TestTokens.all())
            .refuses(401, "unauthenticated"),
        RestCase.of("a log-in", "POST /v1/session")
            .origin(LOCAL)
            .token(TestTokens.all())
            .refuses(403, "origin-refused"),
        RestCase.of("a log-out", "DELETE /v1/session").origin(LOCAL).refuses(403, "origin-refused"),
        RestCase.of("the client, for any page", "GET /tideline.js")
            .origin("https://elsewhere.example.org")
            .answers(200)
            .has("Access-Control-Allow-Origin", "*")
            .has("Cross-Origin-Resource-Policy", "cross-origin"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("pages")
  void mayComeInWithATokenOfTheirOwn(RestCase each) throws Exception {
    each.run(HTTP, base);
  }

  @ParameterizedTest
  @ValueSource(strings = {LOCAL, "http://127.0.0.1:5173", "http://[::1]:8081"})
  void mayOpenWebSockets(String origin) throws IOException {
    try (RawSocket socket = new RawSocket(base.getPort())) {
      socket.upgradeBy(upgrade(origin));
    }
  }

  /** Its browser doesn't tell the page why; so the log must say what lets it in. */
  @Test
  void othersAreRefusedAndTheLogSaysOnceWhatLetsThemIn() throws IOException {
    String origin = "http://" + UUID.randomUUID() + ".example.org:3000";
    for (int i = 0; i < 3; i++) {
      try (RawSocket socket = new RawSocket(base.getPort())) {
        socket.send(upgrade(origin));
        assertTrue(socket.head().startsWith("HTTP/1.1 403 "));
      }
    }
    String line = "A page of " + origin + " was refused; to let it in: TIDELINE_ORIGINS=" + origin;
    Awaitility.await().until(() -> !lines(line).isEmpty());
    try (RawSocket socket = new RawSocket(base.getPort())) {
      socket.send(upgrade("https://another.example.org"));
      socket.head();
    }
    Awaitility.await().until(() -> !lines("https://another.example.org").isEmpty());
    assertEquals(1, lines(line).size());
  }

  private static List<String> lines(String part) throws IOException {
    return Files.readAllLines(LOG).stream().filter(line -> line.contains(part)).toList();
  }

  private static String upgrade(String origin) {
    return RawSocket.handshake(
        "/v1/ws", "Origin: " + origin, "Sec-WebSocket-Protocol: tideline.v1");
  }

  /** As it runs without a key of its user's. */
  public static final class OnThisMachine implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      try {
        Files.createDirectories(DIRECTORY);
        Files.deleteIfExists(LOG);
        Path token = Files.writeString(DIRECTORY.resolve("admin.token"), "none");
        Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return Map.of(
          "tideline.first-run",
          "true",
          "tideline.data-dir",
          DIRECTORY.toString(),
          "quarkus.log.file.enabled",
          "true",
          "quarkus.log.file.path",
          LOG.toString());
    }
  }
}
