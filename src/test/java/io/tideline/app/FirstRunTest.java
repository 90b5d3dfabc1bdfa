package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.WithDefault;
import io.tideline.config.StartRefusedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.Config;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstRunTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final String OWN_DATABASE = "postgresql://db.example:5432/push";
  private static final String EVENT_LOOPS = "quarkus.vertx.event-loops-pool-size";
  private static final Map<String, String> WITH_DATABASE =
      Map.of("quarkus.datasource.reactive.url", OWN_DATABASE);

  @TempDir Path data;

  @Test
  void suppliesADatabaseWhereNoneIsConfigured() throws Exception {
    try (FirstRun run = prepare(keyed("mp.jwt.verify.publickey.location", "key.pem"))) {
      Map<String, String> supplied = run.supplied();
      assertEquals(
          "jdbc:" + supplied.get("quarkus.datasource.reactive.url"),
          supplied.get("quarkus.datasource.jdbc.url"));
      DriverManager.getConnection(
              supplied.get("quarkus.datasource.jdbc.url"),
              supplied.get("quarkus.datasource.username"),
              supplied.get("quarkus.datasource.password"))
          .close();
      assertFalse(supplied.containsKey("tideline.first-run"), "a key is configured");
      assertFalse(Files.exists(data.resolve("admin.token")));
    }
  }

  @Test
  void leavesAConfiguredDatabaseAloneAndNeedsOneUrlOnly() {
    try (FirstRun run = prepare(keyed("quarkus.datasource.reactive.url", OWN_DATABASE))) {
      assertEquals("jdbc:" + OWN_DATABASE, run.supplied().get("quarkus.datasource.jdbc.url"));
      assertFalse(run.supplied().containsKey("quarkus.datasource.reactive.url"));
      assertFalse(run.supplied().containsKey("quarkus.datasource.username"));
    }
    try (FirstRun run = prepare(keyed("quarkus.datasource.jdbc.url", "jdbc:" + OWN_DATABASE))) {
      assertEquals(OWN_DATABASE, run.supplied().get("quarkus.datasource.reactive.url"));
      assertFalse(run.supplied().containsKey("quarkus.datasource.jdbc.url"));
      assertFalse(run.supplied().containsKey("quarkus.datasource.username"));
    }
    assertFalse(Files.exists(data.resolve("postgres")));
  }

  @Test
  void givesEachProcessorOneEventLoopUnlessTheirNumberIsConfigured() {
    try (FirstRun run = prepare(keyed("quarkus.datasource.reactive.url", OWN_DATABASE))) {
      assertEquals(
          Integer.toString(Runtime.getRuntime().availableProcessors()),
          run.supplied().get(EVENT_LOOPS));
    }
    Map<String, String> configured =
        new HashMap<>(keyed("quarkus.datasource.reactive.url", OWN_DATABASE));
    configured.put(EVENT_LOOPS, "7");
    try (FirstRun run = prepare(configured)) {
      assertFalse(run.supplied().containsKey(EVENT_LOOPS));
    }
  }

  @Test
  void asksForTheJdbcUrlOfSeveralHosts() {
    Map<String, String> several =
        keyed("quarkus.datasource.reactive.url", OWN_DATABASE + ",postgresql://other/push");
    String message = assertThrows(StartRefusedException.class, () -> prepare(several)).getMessage();
    assertTrue(message.contains("set quarkus.datasource.jdbc.url too"), message);
  }

  @Test
  void suppliesAKeyAndATokenWithAllGrantsWhereNoKeyIsConfigured() throws Exception {
    try (FirstRun run = prepare(WITH_DATABASE)) {
      JwtClaims claims = verify(token(), run.supplied().get("mp.jwt.verify.publickey"));
      List<String> all = List.of("*");
      assertEquals(
          Map.of("subscribe", all, "publish", all, "presence", all, "admin", all),
          claims.getClaimValue("tideline"));
      assertEquals("admin", claims.getSubject());
      assertFalse(claims.getJwtId().isBlank());
      assertEquals("true", run.supplied().get("tideline.first-run"));
      assertEquals("127.0.0.1", run.supplied().get("quarkus.http.host"));
      assertEquals(claims.getIssuer(), run.supplied().get("mp.jwt.verify.issuer"));
      assertEquals(claims.getAudience(), List.of(run.supplied().get("mp.jwt.verify.audiences")));
    }
  }

  @Test
  void keepsKeyAndTokenToTheirOwner() throws IOException {
    prepare(WITH_DATABASE).close();
    for (String file : List.of("admin.token", "first-run-key.pem")) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(file))),
          file);
    }
    assertEquals(1, Files.readAllLines(data.resolve("admin.token")).size());
  }

  @Test
  void usesTheSameKeyAndTokenAgain() throws IOException {
    String key = suppliedKey();
    String token = token();
    assertEquals(key, suppliedKey());
    assertEquals(token, token());
  }

  @Test
  void theTokenLastsNoLongerThanTokensCount() throws Exception {
    Map<String, String> shortAge = tokenAge("60d");
    prepare(shortAge).close();
    String first = token();
    try (FirstRun run = prepare(shortAge, NOW.plus(Duration.ofDays(29)))) {
      assertEquals(first, token());
      JwtClaims claims = verify(first, run.supplied().get("mp.jwt.verify.publickey"));
      assertEquals(
          NOW.plus(Duration.ofDays(60)).getEpochSecond(), claims.getExpirationTime().getValue());
    }
    prepare(shortAge, NOW.plus(Duration.ofDays(31))).close();
    assertNotEquals(first, token());
  }

  @Test
  void replacesATokenThatTokensAgeMakesExpireSooner() throws Exception {
    prepare(WITH_DATABASE).close();
    String first = token();
    prepare(tokenAge("60d"), NOW.plus(Duration.ofDays(40))).close();
    assertNotEquals(first, token());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "-1d", "4000d", "soon"})
  void refusesAnAgeOfTokensThatMakesNoSense(String age) {
    String message =
        assertThrows(StartRefusedException.class, () -> prepare(tokenAge(age))).getMessage();
    assertTrue(message.contains("tideline.auth.token-age"), message);
  }

  private static Map<String, String> tokenAge(String age) {
    Map<String, String> all = new HashMap<>(WITH_DATABASE);
    all.put("tideline.auth.token-age", age);
    return all;
  }

  @Test
  void replacesATokenThatEndsSoonOrIsOfAnotherKey() throws Exception {
    suppliedKey();
    String first = token();
    prepare(WITH_DATABASE, NOW.plus(Duration.ofDays(340))).close();
    String later = token();
    assertNotEquals(first, later);

    Files.delete(data.resolve("first-run-key.pem"));
    String key = suppliedKey();
    assertNotEquals(later, token());
    verify(token(), key);
  }

  @Test
  void saysWhatToDoAboutABrokenKey() throws IOException {
    Files.writeString(data.resolve("first-run-key.pem"), "-----BEGIN PRIVATE KEY-----\nAAAA\n");
    String message = assertThrows(StartRefusedException.class, this::suppliedKey).getMessage();
    assertTrue(message.contains("What to do: delete it"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1", "no-such-host.invalid"})
  void refusesToListenToOthersWithoutAConfiguredKey(String host) {
    Map<String, String> exposed = new HashMap<>(WITH_DATABASE);
    exposed.put("quarkus.http.host", host);
    String message = assertThrows(StartRefusedException.class, () -> prepare(exposed)).getMessage();
    assertTrue(message.contains("quarkus.http.host is " + host), message);
    assertTrue(message.contains("mp.jwt.verify.publickey.location"), message);
    assertFalse(Files.exists(data.resolve("admin.token")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"mp.jwt.verify.issuer", "mp.jwt.verify.audiences"})
  void refusesAKeyWhoseTokensCouldBeForSomebodyElse(String missing) {
    Map<String, String> configured =
        new HashMap<>(keyed("quarkus.datasource.reactive.url", OWN_DATABASE));
    configured.remove(missing);
    String message =
        assertThrows(StartRefusedException.class, () -> prepare(configured)).getMessage();
    assertTrue(message.startsWith(missing + " is missing"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "localhost", "::1"})
  void listensToTheLoopbackAddressThatIsConfigured(String host) {
    Map<String, String> local = new HashMap<>(WITH_DATABASE);
    local.put("quarkus.http.host", host);
    try (FirstRun run = prepare(local)) {
      assertEquals(host, run.supplied().get("quarkus.http.host"));
    }
  }

  @Test
  void takesBackWhatItPublished() {
    System.setProperty("mp.jwt.verify.issuer", "the user's");
    try {
      try (FirstRun run = prepare(WITH_DATABASE)) {
        run.publish();
        assertEquals("true", System.getProperty("tideline.first-run"));
        assertEquals("tideline", System.getProperty("mp.jwt.verify.issuer"));
      }
      assertNull(System.getProperty("tideline.first-run"));
      assertEquals("the user's", System.getProperty("mp.jwt.verify.issuer"));
    } finally {
      System.clearProperty("mp.jwt.verify.issuer");
    }
  }

  /** The configuration tree is read later, but has to mean the same directory. */
  @Test
  void sharesTheDefaultOfTheDataDirectoryWithTheTree() throws Exception {
    assertEquals(
        TidelineConfig.class.getMethod("dataDir").getAnnotation(WithDefault.class).value(),
        FirstRun.DATA_DIRECTORY_DEFAULT);
  }

  @Test
  void refusesAPortThatIsTakenBeforeAnythingElse() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      Map<String, String> same = Map.of("quarkus.http.port", Integer.toString(port));
      String message = assertThrows(StartRefusedException.class, () -> prepare(same)).getMessage();
      assertTrue(
          message.contains("Port " + port) && message.contains("QUARKUS_HTTP_PORT"), message);
      assertFalse(Files.exists(data.resolve("postgres")), "no database was started for nothing");
    }
  }

  @Test
  void takesTheConnectionStringOfACloudApart() {
    String given = "postgres://alice:s%40crt@db.example:5433/push?sslmode=require";
    try (FirstRun run = prepare(keyed("quarkus.datasource.reactive.url", given))) {
      Map<String, String> supplied = run.supplied();
      assertEquals(
          "postgresql://db.example:5433/push", supplied.get("quarkus.datasource.reactive.url"));
      assertEquals(
          "jdbc:postgresql://db.example:5433/push?sslmode=require",
          supplied.get("quarkus.datasource.jdbc.url"));
      assertEquals("alice", supplied.get("quarkus.datasource.username"));
      assertEquals("s@crt", supplied.get("quarkus.datasource.password"));
    }
    Map<String, String> named = new HashMap<>(keyed("quarkus.datasource.reactive.url", given));
    named.put("quarkus.datasource.username", "bob");
    try (FirstRun run = prepare(named)) {
      assertFalse(run.supplied().containsKey("quarkus.datasource.username"), "bob was named");
    }
  }

  @Test
  void greetsWithTheTokenInTheFragment() {
    ByteArrayOutputStream console = new ByteArrayOutputStream();
    FirstRunGreeting.greet(
        new PrintStream(console, true, StandardCharsets.UTF_8),
        URI.create("http://127.0.0.1:8080"),
        "abc",
        Path.of("/data/admin.token"));
    String text = console.toString(StandardCharsets.UTF_8);
    assertTrue(text.contains("    http://127.0.0.1:8080/#token=abc\n"), text);
    assertTrue(text.contains("/data/admin.token"), text);
  }

  private FirstRun prepare(Map<String, String> configured) {
    return prepare(configured, NOW);
  }

  private FirstRun prepare(Map<String, String> configured, Instant now) {
    Map<String, String> all = new HashMap<>(configured);
    all.put("tideline.data-dir", data.toString());
    all.putIfAbsent("quarkus.http.port", "0");
    return FirstRun.prepare(config(all), now);
  }

  private String suppliedKey() {
    try (FirstRun run = prepare(WITH_DATABASE)) {
      return run.supplied().get("mp.jwt.verify.publickey");
    }
  }

  private String token() throws IOException {
    return Files.readString(data.resolve("admin.token")).strip();
  }

  private static Map<String, String> keyed(String key, String value) {
    return Map.of(
        "mp.jwt.verify.publickey",
        "configured",
        "mp.jwt.verify.issuer",
        "https://id.example",
        "mp.jwt.verify.audiences",
        "tideline",
        key,
        value);
  }

  private static Config config(Map<String, String> properties) {
    return new SmallRyeConfigBuilder()
        .withSources(new PropertiesConfigSource(properties, "test", 100))
        .build();
  }

  private static JwtClaims verify(String token, String publicKey) throws Exception {
    PublicKey key =
        KeyFactory.getInstance("RSA")
            .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(publicKey)));
    return new JwtConsumerBuilder()
        .setVerificationKey(key)
        .setExpectedAudience("tideline")
        .setEvaluationTime(NumericDate.fromSeconds(NOW.getEpochSecond()))
        .build()
        .processToClaims(token);
  }
}
