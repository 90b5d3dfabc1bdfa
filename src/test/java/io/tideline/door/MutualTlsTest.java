package io.tideline.door;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.quarkus.tls.CertificateUpdatedEvent;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.tideline.access.Action;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestAuthority;
import io.tideline.testing.TestCertificate;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import jakarta.enterprise.event.Event;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Client certificates, over sockets that show them. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(MutualTlsTest.MutualTls.class)
class MutualTlsTest {
  /** A certificate is no token in a first message. */
  private static final String WITH_TOKENS_ALONE = "CENTRIFUGE_.*";

  private static final Path FOLDER = Path.of("target", "mutual-tls").toAbsolutePath();
  private static final TestCertificate SERVER = new TestCertificate(FOLDER.resolve("server.p12"));
  private static final TestAuthority OURS = new TestAuthority(FOLDER.resolve("ours.p12"));
  private static final TestAuthority FOREIGN = new TestAuthority(FOLDER.resolve("foreign.p12"));
  private static final Path TRUSTED = FOLDER.resolve("trusted.pem");
  private static final Map<String, TestClient> CLIENTS = new ConcurrentHashMap<>();
  private static final String BRIEF = "urn:client:brief";
  private static final String RETIRED = "urn:client:retired";
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  /** One second is promised; the rest is for a machine that is busy with other tests. */
  private static final Duration BOUND = Duration.ofSeconds(2);

  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @TestHTTPResource("/")
  URI plain;

  @Inject TlsConfigurationRegistry registry;
  @Inject Event<CertificateUpdatedEvent> updated;

  private final String channel = "certified:" + UUID.randomUUID();

  /** Whose certificate has the right to do this everywhere, and to do nothing else. */
  private static String whoMay(Action action) {
    return switch (action) {
      case SUBSCRIBE -> "subscriber";
      case PUBLISH -> "publisher";
      case PRESENCE -> "watcher";
      case ADMIN -> "admin";
    };
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = WITH_TOKENS_ALONE)
  void aCertificateOpensWhatItHasTheRightToAndNothingElse(WayIn entrance) {
    showing("publisher").publish(channel, "1");
    for (Action action : Action.values()) {
      String expected = action == entrance.right ? WayIn.LET_IN : "forbidden";
      TestClient client = showing(whoMay(action));
      assertEquals(expected, entrance.attempt(client, channel), action.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_NONE, names = WITH_TOKENS_ALONE)
  void oneOfTheSameAuthorityThatIsntNamedOpensNothing(WayIn entrance) {
    showing("publisher").publish(channel, "1");
    assertEquals("unauthenticated", entrance.attempt(showing("unnamed"), channel));
  }

  @Test
  void itsRightsEndWhereTheirPatternsDo() {
    assertEquals(201, publish(showing("publisher"), channel).statusCode());
    assertEquals(403, publish(showing("publisher"), "other:1").statusCode());
    assertEquals(403, publish(showing("publisher"), "Certified:1").statusCode());
  }

  @ParameterizedTest
  @EnumSource(Version.class)
  void itIsTheConnectionsInEveryVersionAndWhenItsSessionIsResumed(Version version) {
    SSLContext context = OURS.showing("publisher", SERVER);
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> answer = publish(TestClient.of(tls, context, version), channel);
      assertEquals(201, answer.statusCode(), answer.body());
      assertEquals(version, answer.version());
    }
  }

  @Test
  void whoShowsNoneIsAskedForATokenAsEver() {
    TestClient client = TestClient.of(tls, SERVER.trusting(), Version.HTTP_1_1);
    assertEquals(401, publish(client, channel).statusCode());
    assertEquals(201, publish(client.with(TestTokens.all()), channel).statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"expired", "for-servers"})
  void oneThatIsNotGoodEndsTheHandshake(String alias) {
    assertNoHandshake(OURS.showing(alias, SERVER));
  }

  @Test
  void oneOfAnotherAuthorityEndsTheHandshakeWhateverItSaysOfItself() {
    assertNoHandshake(FOREIGN.showing("publisher", SERVER));
  }

  @Test
  void whoBringsATokenIsJudgedByIt() {
    TestClient publisher = showing("publisher");
    String reading = TestTokens.subscribing("reader", channel);
    assertEquals(403, publish(publisher.with(reading), channel).statusCode());
    assertEquals(200, publisher.with(reading).get(page(), Map.of()).statusCode());
    assertEquals(401, publish(publisher.with("none"), channel).statusCode());
    String own = "https://localhost:" + tls.getPort();
    Map<String, String> cookie = Map.of("Origin", own, "Cookie", "__Host-tideline=none");
    assertEquals(401, publisher.get(page(), cookie).statusCode());
    assertEquals(201, publish(publisher, channel).statusCode());
  }

  @Test
  void aTokenTakesItsPlaceOnAWebSocket() {
    try (TestSocket socket = showing("publisher").socket()) {
      assertTrue(command(socket, "publish").containsKey("ok"));
      String reading = TestTokens.subscribing("reader", channel);
      socket.send(
          new JsonObject().put("id", 2).put("auth", new JsonObject().put("token", reading)));
      assertTrue(socket.next().containsKey("ok"));
      assertEquals(
          "forbidden", command(socket, "publish").getJsonObject("error").getString("code"));
    }
  }

  @Test
  void aForeignPageCantUseTheOneInTheBrowser() {
    TestClient publisher = showing("publisher");
    HttpResponse<String> foreign = publish(publisher, channel, "Origin", "https://evil.example");
    assertEquals("origin-refused", RestCase.json(foreign).getString("code"));
    for (String site : List.of("cross-site", "same-site", "none")) {
      assertEquals(401, publish(publisher, channel, "Sec-Fetch-Site", site).statusCode(), site);
    }
    assertEquals(201, publish(publisher, channel, "Sec-Fetch-Site", "same-origin").statusCode());
    String own = "https://localhost:" + tls.getPort();
    assertEquals(201, publish(publisher, channel, "Origin", own).statusCode());
  }

  @Test
  void whatAHeaderSaysOfACertificateIsntBelieved() throws Exception {
    byte[] good = OURS.certificate("publisher").getEncoded();
    String base64 = Base64.getEncoder().encodeToString(good);
    String pem = TestClient.encode(TestCertificate.pem("CERTIFICATE", good));
    Map<String, String> headers =
        Map.of(
            "Client-Cert",
            ":" + base64 + ":",
            "X-Client-Cert",
            base64,
            "X-SSL-Client-Cert",
            pem,
            "X-SSL-Client-S-DN",
            "CN=ambiguous",
            "X-Forwarded-Client-Cert",
            "Cert=\"" + pem + "\";URI=spiffe://example.org/publisher");
    TestClient overTls = TestClient.of(tls, SERVER.trusting(), Version.HTTP_1_1);
    for (TestClient client : List.of(TestClient.of(plain.getPort(), null), overTls)) {
      headers.forEach(
          (name, value) ->
              assertEquals(401, publish(client, channel, name, value).statusCode(), name));
    }
  }

  @Test
  void itIsNoSessionToBeEnded() {
    TestClient publisher = showing("publisher");
    assertEquals(204, publisher.delete("session").statusCode());
    assertEquals(401, publisher.post("session", "", Map.of()).statusCode());
    assertEquals(201, publish(publisher, channel).statusCode());
  }

  @Test
  void oneThatTwoEntriesNameIsNobodys() {
    assertEquals(401, publish(showing("ambiguous"), channel).statusCode());
  }

  @Test
  void whatIsLiveEndsWithIt() throws Exception {
    OURS.sign("brief", "CN=brief", "uri:" + BRIEF, Duration.ofSeconds(6));
    Instant end = OURS.certificate("brief").getNotAfter().toInstant();
    SSLContext context = OURS.showing("brief", SERVER);
    try (TestSocket socket = TestClient.of(tls, context, Version.HTTP_1_1).socket();
        RawRequests open = new RawRequests(context)) {
      assertEquals("HTTP/1.1 200 OK", open.get(page()));
      JsonObject subscribed = command(socket, "subscribe");
      JsonObject told = subscribed.containsKey("expiring") ? subscribed : socket.next();
      assertTrue(told.containsKey("expiring"), told.encode());
      assertEquals(4200, socket.closeCode());
      Duration late = Duration.between(end, Instant.now());
      assertTrue(!late.isNegative() && late.compareTo(BOUND) <= 0, "ended " + late + " after it");
      assertEquals("HTTP/1.1 401 Unauthorized", open.get(page()), "on what is open");
    }
    try (RawRequests resumed = new RawRequests(context)) {
      assertEquals("HTTP/1.1 401 Unauthorized", resumed.get(page()), "without a new handshake");
    }
    assertNoHandshake(OURS.showing("brief", SERVER));
  }

  @Test
  void aRevocationOfItsSubjectEndsIt() {
    OURS.sign("retired", "CN=retired", "uri:" + RETIRED);
    TestClient retired = showing("retired");
    assertEquals(200, retired.get(page(), Map.of()).statusCode());
    try (TestSocket socket = retired.socket()) {
      assertTrue(command(socket, "subscribe").containsKey("ok"));
      String revocation = "{\"subject\":\"retired-system\"}";
      TestClient admin = showing("admin");
      assertEquals(204, admin.post("revocations", revocation, JSON).statusCode());
      assertEquals(4001, socket.closeCode());
    }
    HttpResponse<String> answer = retired.get(page(), Map.of());
    assertEquals("token-revoked", RestCase.json(answer).getString("code"));
    assertEquals(200, showing("subscriber").get(page(), Map.of()).statusCode(), "nobody else's");
  }

  @Test
  void anotherAuthorityIsTrustedWithoutARestart() throws Exception {
    SSLContext ours = OURS.showing("publisher", SERVER);
    SSLContext foreign = FOREIGN.showing("publisher", SERVER);
    try {
      Files.writeString(TRUSTED, FOREIGN.pem());
      reload();
      assertNoHandshake(ours);
      TestClient client = TestClient.of(tls, foreign, Version.HTTP_1_1);
      assertEquals(201, publish(client, channel).statusCode());
    } finally {
      Files.writeString(TRUSTED, OURS.pem());
      reload();
    }
    TestClient client = TestClient.of(tls, ours, Version.HTTP_1_1);
    assertEquals(201, publish(client, channel).statusCode());
    assertNoHandshake(foreign);
  }

  private void reload() {
    TlsConfiguration config = registry.getDefault().orElseThrow();
    assertTrue(config.reload());
    updated.fire(new CertificateUpdatedEvent("<default>", config));
  }

  /** One client each, as handshakes take their time. */
  private TestClient showing(String alias) {
    return CLIENTS.computeIfAbsent(
        alias, key -> TestClient.of(tls, OURS.showing(key, SERVER), Version.HTTP_1_1));
  }

  private String page() {
    return TestClient.messages(channel);
  }

  private static HttpResponse<String> publish(TestClient client, String channel) {
    return client.post(TestClient.messages(channel), "1", JSON);
  }

  private static HttpResponse<String> publish(
      TestClient client, String channel, String header, String value) {
    Map<String, String> headers = Map.of("Content-Type", "application/json", header, value);
    return client.post(TestClient.messages(channel), "1", headers);
  }

  private JsonObject command(TestSocket socket, String command) {
    JsonObject wish = new JsonObject().put("channel", channel);
    socket.send(
        new JsonObject()
            .put("id", 1)
            .put(command, command.equals("publish") ? wish.put("data", 1) : wish));
    return socket.next();
  }

  /** With TLS 1.3 the server says so after the client's part is done. */
  private void assertNoHandshake(SSLContext context) {
    IOException ended =
        assertThrows(
            IOException.class,
            () -> {
              try (RawRequests open = new RawRequests(context)) {
                open.get(page());
              }
            });
    assertFalse(ended instanceof SocketTimeoutException, "not ended");
  }

  /** Requests on one connection. */
  private final class RawRequests implements AutoCloseable {
    private static final int ANSWER_MILLIS_MAX = 10_000;

    private final SSLSocket socket;
    private final BufferedReader in;

    RawRequests(SSLContext context) throws IOException {
      socket = (SSLSocket) context.getSocketFactory().createSocket(tls.getHost(), tls.getPort());
      socket.setSoTimeout(ANSWER_MILLIS_MAX);
      socket.startHandshake();
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
    }

    /** The status line. */
    String get(String path) throws IOException {
      String request = "GET /v1/" + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      String status = in.readLine();
      if (status == null) {
        throw new EOFException();
      }
      int left = 0;
      for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
          left = Integer.parseInt(line.substring("content-length: ".length()));
        }
      }
      in.skip(left);
      return status;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** A server that asks for certificates, and has a use for some. */
  public static final class MutualTls implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      sign();
      Map<String, String> config = new HashMap<>();
      config.put("quarkus.tls.key-store.p12.path", SERVER.store().toString());
      config.put("quarkus.tls.key-store.p12.password", TestCertificate.PASSWORD);
      config.put("quarkus.tls.trust-store.pem.certs", TRUSTED.toString());
      config.put("quarkus.http.test-ssl-port", "0");
      config.put("tideline.limits.handshake", "60s");
      config.put("tideline.limits.request", "60s");
      config.put("tideline.namespaces.certified.presence", "true");
      entry(config, "publisher", "uri", "spiffe://example.org/publisher", "publish");
      entry(config, "subscriber", "dns", "Subscriber.example.org", "subscribe");
      entry(config, "watcher", "dn", "CN=watcher, OU=People\\, and others, O=Example", "presence");
      entry(config, "admin", "uri", "urn:client:admin", "admin");
      entry(config, "brief", "uri", BRIEF, "subscribe");
      entry(config, "retired", "uri", RETIRED, "subscribe");
      entry(config, "one", "uri", "urn:client:one", "publish");
      entry(config, "two", "dn", "CN=ambiguous", "publish");
      config.put("tideline.auth.certificates.retired.subject", "retired-system");
      config.put("tideline.auth.certificates.admin.admin", "*");
      return config;
    }

    private static void entry(
        Map<String, String> config, String name, String form, String value, String right) {
      String key = "tideline.auth.certificates." + name + ".";
      config.put(key + form, value);
      config.put(key + right, "certified:*,rights:{sub}");
    }

    private static void sign() {
      TestCertificate.make(SERVER.store());
      TestAuthority.make(OURS.store())
          .sign("publisher", "CN=whoever", "uri:spiffe://example.org/publisher")
          .sign("subscriber", "CN=whoever", "dns:other.example.org,dns:subscriber.EXAMPLE.org")
          .sign("watcher", "CN=watcher, OU=\"People, and others\", O=Example", "dns:x.example.org")
          .sign("admin", "CN=whoever", "uri:urn:client:admin")
          .sign("unnamed", "CN=publisher", "uri:spiffe://example.org/publisher/x")
          .sign("ambiguous", "CN=ambiguous", "uri:urn:client:one")
          .sign("for-servers", "CN=whoever", "uri:urn:client:admin", "serverAuth")
          .sign("expired", "CN=whoever", "uri:urn:client:admin", Duration.ofMinutes(-1));
      TestAuthority.make(FOREIGN.store())
          .sign("publisher", "CN=whoever", "uri:spiffe://example.org/publisher");
      try {
        Files.writeString(TRUSTED, OURS.pem());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
