package io.tideline.net.http;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.Slow;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.RsaJsonWebKey;
import org.junit.jupiter.api.Test;

/** Clients that have left before their token was verified. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@WithTestResource(SlowKeysTest.Keys.class)
@TestProfile(SlowKeysTest.OneLoop.class)
@Slow
class SlowKeysTest {
  private static final Duration HEARTBEAT = Duration.ofSeconds(1);

  @TestHTTPResource URI server;

  @ConfigProperty(name = "mp.jwt.verify.publickey.location")
  URI keys;

  @Test
  void whoLeavesMeanwhileTakesNothingAlong() throws Exception {
    for (String accept : new String[] {"text/event-stream", "application/json"}) {
      try (RawSocket client = new RawSocket(server.getPort())) {
        client.send(
            "GET /v1/channels/slow:1/messages?wait=60s HTTP/1.1\r\nHost: localhost\r\nAccept: "
                + accept
                + "\r\nAuthorization: Bearer "
                + TestTokens.all()
                + "\r\n\r\n");
        given().get(keys.resolve("/asked")).then().statusCode(200);
      }
    }
    // The server sees the end of a connection before anything that comes after it.
    given().baseUri(server.toString()).get("/q/health/live");
    given().get(keys.resolve("/answer")).then().statusCode(200);

    TestClient late = TestClient.of(server.getPort(), TestTokens.all());
    try (TestEventStream stream = late.stream("/v1/channels/slow:1/messages", Map.of())) {
      assertEquals(200, stream.status());
      stream.nextField();
      for (int heartbeats = 0; heartbeats < 3; ) {
        heartbeats += stream.next().comments().size();
      }
      String metrics = given().baseUri(server.toString()).get("/q/metrics").asString();
      assertTrue(metrics.contains("\ntideline_connections{transport=\"sse\"} 1.0\n"), metrics);
    }
  }

  /** All that happens to one connection happens beside the others. */
  public static final class OneLoop implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "quarkus.vertx.event-loops-pool-size",
          "1",
          "tideline.live.heartbeat",
          HEARTBEAT.toSeconds() + "s");
    }
  }

  /** The key of {@link TestTokens}, from a server that answers when it is told to. */
  public static final class Keys implements QuarkusTestResourceLifecycleManager {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch answer = new CountDownLatch(1);

    private HttpServer server;

    @Override
    public int order() {
      return 1;
    }

    @Override
    public Map<String, String> start() {
      try {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
      server.setExecutor(Executors.newCachedThreadPool());
      server.createContext(
          "/keys",
          exchange -> {
            asked.countDown();
            answer(exchange, wait(answer) ? keys() : "");
          });
      server.createContext("/asked", exchange -> answer(exchange, wait(asked) ? "yes" : ""));
      server.createContext(
          "/answer",
          exchange -> {
            answer.countDown();
            answer(exchange, "yes");
          });
      server.start();
      String location = "http://127.0.0.1:" + server.getAddress().getPort() + "/keys";
      return Map.of(
          "mp.jwt.verify.publickey", "NONE", "mp.jwt.verify.publickey.location", location);
    }

    private static boolean wait(CountDownLatch latch) {
      try {
        return latch.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
      byte[] body = text.getBytes(UTF_8);
      exchange.sendResponseHeaders(text.isEmpty() ? 504 : 200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    private static String keys() {
      byte[] encoded = Base64.getDecoder().decode(TestTokens.publicKey());
      try {
        RSAPublicKey key =
            (RSAPublicKey)
                KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(encoded));
        return new JsonWebKeySet(new RsaJsonWebKey(key)).toJson();
      } catch (GeneralSecurityException everyJdkCan) {
        throw new IllegalStateException(everyJdkCan);
      }
    }

    @Override
    public void stop() {
      server.stop(0);
    }
  }
}
