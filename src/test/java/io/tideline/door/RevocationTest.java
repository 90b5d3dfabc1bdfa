package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.access.Revocation;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Promise P8: within a second after a revocation or log-out was answered, by whatever node, its
 * tokens are refused here, and what they held open has ended, on every transport.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class RevocationTest {
  private static final Duration PROMISED = Duration.ofSeconds(1);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  @TestHTTPResource("/")
  URI base;

  @Inject DataSource database;

  /** Of a {@link Live}. */
  private static final int TRANSPORTS = 4;

  private final String user = "user-" + UUID.randomUUID();
  private final String channel = "revoked:" + UUID.randomUUID();
  private TestClient admin;
  private TestClient client;
  private TestClient bystander;
  private int lives;

  @BeforeEach
  void connect() {
    admin = TestClient.of(base.getPort(), TestTokens.all());
    client = admin.with(TestTokens.allAs(user));
    bystander = admin.with(TestTokens.allAs("bystander-" + user));
  }

  @Test
  void aRevocationEndsEveryTransport() throws Exception {
    try (Live live = new Live(client);
        Live other = new Live(bystander)) {
      assertEquals(204, admin.post("revocations", bySubject(), JSON).statusCode());
      live.assertEndsWithin(PROMISED);
      other.assertGoesOn();
    }
    assertRefused(client);
  }

  /**
   * Tokens that were issued before a moment; that lies so far back for all that other tests' tokens
   * aren't meant.
   */
  @ParameterizedTest
  @EnumSource
  void eachKindEndsWhatItNamesAndNothingElse(Revocation.Kind kind) throws Exception {
    Duration age = kind == Revocation.Kind.ALL ? Duration.ofDays(2) : Duration.ofHours(1);
    Instant issued = Instant.now().minus(age).truncatedTo(ChronoUnit.SECONDS);
    Instant before = issued.plusSeconds(1);
    String named = issued(issued);
    String other = issued(kind == Revocation.Kind.TOKEN_ID ? issued : before);
    JsonObject revocation = naming(kind, named, before);
    try (Live ending = new Live(admin.with(named));
        Live staying = new Live(admin.with(other))) {
      assertEquals(204, admin.post("revocations", revocation.encode(), JSON).statusCode());
      ending.assertEndsWithin(PROMISED);
      staying.assertGoesOn();
    }
    assertRefused(admin.with(named));
    assertEquals(201, admin.with(other).post(TestClient.messages(channel), "1", JSON).statusCode());
  }

  private String issued(Instant then) {
    List<String> own = List.of(channel, channel + "-2");
    return TestTokens.between(
        user, Map.of("subscribe", own, "publish", own), then, Instant.now().plusSeconds(600));
  }

  private JsonObject naming(Revocation.Kind kind, String token, Instant before) {
    JsonObject revocation = new JsonObject().put("before", before.toString());
    return switch (kind) {
      case SUBJECT -> revocation.put("subject", user);
      case TOKEN_ID -> revocation.put("tokenId", TestTokens.idOf(token));
      case ALL -> revocation.put("everyone", true);
    };
  }

  /** What another node stores comes to this one through the database alone. */
  @Test
  void aRevocationOnAnotherNodeEndsEveryTransportHere() throws Exception {
    try (Live live = new Live(client);
        Live other = new Live(bystander)) {
      revokeElsewhere();
      live.assertEndsWithin(PROMISED);
      other.assertGoesOn();
    }
    assertRefused(client);
  }

  @Test
  void aLogOutEndsWhatTheTokenHeldOpen() throws Exception {
    try (Live live = new Live(client)) {
      assertEquals(204, client.delete("session").statusCode());
      live.assertEndsWithin(PROMISED);
    }
    assertRefused(client);
    TestClient again = client.with(TestTokens.allAs(user));
    assertEquals(201, again.post(TestClient.messages(channel), "1", JSON).statusCode());
    assertEquals(204, client.delete("session").statusCode(), "out is out");
  }

  @Test
  void aLogOutByCookieRevokesItsToken() {
    String token = TestTokens.allAs(user);
    HttpResponse<String> in = admin.with(token).post("session", "", Map.of("Origin", origin()));
    String cookie = in.headers().firstValue("Set-Cookie").orElseThrow().split(";", 2)[0];
    Map<String, String> browser = Map.of("Cookie", cookie, "Origin", origin());
    TestClient nobody = admin.with(null);
    String messages = TestClient.messages(channel);
    assertEquals(200, nobody.get(messages, browser).statusCode());
    assertEquals(204, nobody.delete("session", browser).statusCode());
    HttpResponse<String> refused = nobody.get(messages, browser);
    assertEquals(401, refused.statusCode());
    assertEquals("token-revoked", RestCase.json(refused).getString("code"));
    assertRefused(admin.with(token));
  }

  @Test
  void aTokenWithoutAnIdIsLoggedOutToo() {
    TestClient nameless = admin.with(TestTokens.withoutId(user));
    String messages = TestClient.messages(channel);
    assertEquals(201, nameless.post(messages, "1", JSON).statusCode());
    assertEquals(204, nameless.delete("session").statusCode());
    assertRefused(nameless);
    assertEquals(201, client.post(messages, "2", JSON).statusCode(), "another of the same user");
  }

  @Test
  void aNewTokenOnAnOpenSocketMustNotBeARevokedOne() {
    assertEquals(204, admin.post("revocations", bySubject(), JSON).statusCode());
    try (TestSocket socket = bystander.socket()) {
      socket.send("{\"id\":1,\"auth\":{\"token\":\"" + client.token() + "\"}}");
      assertEquals("token-revoked", socket.next().getJsonObject("error").getString("code"));
      socket.send("{\"id\":2,\"ping\":{}}");
      assertEquals(2, socket.next().getInteger("reply"), "the old one holds");
    }
  }

  @Test
  void whatIsIssuedAfterwardsIsGood() {
    String before = "{\"subject\":\"" + user + "\",\"before\":\"2026-01-01T00:00:00Z\"}";
    assertEquals(204, admin.post("revocations", before, JSON).statusCode());
    assertEquals(201, client.post(TestClient.messages(channel), "1", JSON).statusCode());
  }

  private String origin() {
    return "http://127.0.0.1:" + base.getPort();
  }

  private String bySubject() {
    return new JsonObject().put("subject", user).encode();
  }

  private void revokeElsewhere() throws SQLException {
    try (var connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "select tideline.revoke('subject', '" + user + "', now(), now() + interval '1 day')");
    }
  }

  private void assertRefused(TestClient revoked) {
    HttpResponse<String> publish = revoked.post(TestClient.messages(channel), "1", JSON);
    assertEquals(401, publish.statusCode());
    assertEquals("token-revoked", RestCase.json(publish).getString("code"));
    HttpResponse<String> stream =
        revoked.get(TestClient.messages(channel), Map.of("Accept", "text/event-stream"));
    assertEquals(401, stream.statusCode());
    assertEquals(401, revoked.get(TestClient.messages(channel), Map.of()).statusCode());
  }

  /** One token on all transports. */
  private final class Live implements AutoCloseable {
    private final TestSocket socket;
    private final TestEventStream stream;
    private final TestEventStream several;
    private final Future<HttpResponse<String>> poll;

    Live(TestClient of) {
      socket = of.socket();
      socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
      assertTrue(socket.next().containsKey("ok"));
      stream = of.stream(TestClient.messages(channel), Map.of());
      stream.next();
      stream.next();
      several = of.stream("stream?channel=" + channel + "&channel=" + channel + "-2", Map.of());
      several.next();
      several.next();
      poll =
          CompletableFuture.supplyAsync(
              () -> of.get(TestClient.messages(channel) + "?wait=30s", Map.of()));
      lives++;
      awaitSubscribers();
    }

    /** The poll has arrived when it counts. */
    private void awaitSubscribers() {
      int expected = TRANSPORTS * lives;
      while (RestCase.json(admin.get("channels/" + channel, Map.of())).getInteger("subscribers")
          < expected) {
        Thread.onSpinWait();
      }
    }

    void assertEndsWithin(Duration time) throws Exception {
      long began = System.nanoTime();
      assertEquals(4001, socket.closeCode());
      assertEquals(401, poll.get(20, TimeUnit.SECONDS).statusCode());
      awaitEnd(stream);
      awaitEnd(several);
      Duration taken = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(taken.compareTo(time) <= 0, "took " + taken);
    }

    private static void awaitEnd(TestEventStream ending) {
      boolean isEnd = false;
      while (!isEnd) {
        isEnd = ending.nextOrEnd().isEmpty();
      }
    }

    void assertGoesOn() throws Exception {
      admin.publish(channel, "7");
      assertEquals(7, socket.next().getInteger("data"));
      assertEquals("7", stream.nextEvent().data());
      assertEquals(7, new JsonObject(several.nextEvent().data()).getInteger("data"));
      assertEquals(200, poll.get(20, TimeUnit.SECONDS).statusCode());
    }

    @Override
    public void close() {
      socket.close();
      stream.close();
      several.close();
    }
  }
}
