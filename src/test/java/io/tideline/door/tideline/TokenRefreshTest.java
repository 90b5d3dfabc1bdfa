package io.tideline.door.tideline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A new token on an open socket takes the place of the old one, with what it grants and no more.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class TokenRefreshTest {
  @TestHTTPResource("/")
  URI base;

  private final String kept = "kept:" + UUID.randomUUID();
  private final String lost = "lost:" + UUID.randomUUID();
  private TestClient all;

  @BeforeEach
  void connect() {
    all = TestClient.of(base.getPort(), TestTokens.all());
  }

  @Test
  void whatTheNewTokenDoesNotCoverEnds() throws InterruptedException {
    try (TestSocket socket = subscribed()) {
      auth(socket, TestTokens.subscribing("anna", kept));
      JsonObject ended = socket.next().getJsonObject("unsubscribed");
      assertEquals(lost, ended.getString("channel"));
      assertEquals("forbidden", ended.getString("code"));
      assertEquals(
          "This token doesn't allow 'subscribe' on '"
              + lost
              + "': none of its patterns for 'subscribe' matches.",
          ended.getString("message"));
      assertTrue(socket.next().containsKey("ok"));
      all.publish(lost, "1");
      assertTrue(socket.isSilent(500), "nothing more comes of it");
      all.publish(kept, "2");
      assertEquals(2, socket.next().getInteger("data"));
      assertEquals("forbidden", code(socket, subscribe(lost)));
    }
  }

  /** The connection stays: a better token may come. */
  @Test
  void aTokenWithoutAnyRightEndsEverySubscriptionAndNothingElse() {
    try (TestSocket socket = subscribed()) {
      auth(socket, TestTokens.withGrants("anna", Map.of()));
      for (int i = 0; i < 2; i++) {
        assertEquals("forbidden", socket.next().getJsonObject("unsubscribed").getString("code"));
      }
      assertTrue(socket.next().containsKey("ok"));
      assertEquals("forbidden", code(socket, subscribe(kept)));
      auth(socket, TestTokens.subscribing("anna", kept));
      assertTrue(socket.next().containsKey("ok"));
      socket.send(subscribe(kept));
      assertTrue(socket.next().containsKey("ok"));
    }
  }

  @Test
  void aTokenThatIsNotGoodChangesNothing() {
    String expired = TestTokens.expiringAt("anna", Map.of(), Instant.now().minusSeconds(60));
    try (TestSocket socket = subscribed()) {
      assertEquals("token-expired", code(socket, auth(expired)));
      assertEquals("unauthenticated", code(socket, auth("x")));
      assertEquals("unauthenticated", code(socket, auth(TestTokens.all() + "x")));
      all.publish(lost, "1");
      assertEquals(1, socket.next().getInteger("data"));
    }
  }

  @Test
  void whatItGrantsBesidesMayBeHad() {
    try (TestSocket socket = all.with(TestTokens.subscribing("anna", kept)).socket()) {
      assertEquals("forbidden", code(socket, subscribe(lost)));
      auth(socket, TestTokens.subscribing("anna", lost));
      assertTrue(socket.next().containsKey("ok"));
      socket.send(subscribe(lost));
      assertTrue(socket.next().containsKey("ok"));
      assertEquals("forbidden", code(socket, subscribe(kept)), "the old one is gone");
    }
  }

  private TestSocket subscribed() {
    TestSocket socket = all.with(TestTokens.subscribing("anna", kept, lost)).socket();
    for (String channel : new String[] {kept, lost}) {
      socket.send(subscribe(channel));
      assertTrue(socket.next().containsKey("ok"));
    }
    return socket;
  }

  private static void auth(TestSocket socket, String token) {
    socket.send(auth(token));
  }

  private static String auth(String token) {
    return "{\"id\":1,\"auth\":{\"token\":\"" + token + "\"}}";
  }

  private static String subscribe(String channel) {
    return "{\"id\":2,\"subscribe\":{\"channel\":\"" + channel + "\"}}";
  }

  private static String code(TestSocket socket, String command) {
    socket.send(command);
    return socket.next().getJsonObject("error").getString("code");
  }
}
