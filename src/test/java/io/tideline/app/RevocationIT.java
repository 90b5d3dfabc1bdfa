package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Goal: what one node revokes ends on the others, and stays ended when they are killed. */
class RevocationIT {
  private static final Path DIRECTORY = Path.of("target/revocation");
  private static final Duration PROMISED = Duration.ofSeconds(1);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  @Test
  void oneNodeRevokesForAllAndForGood() throws Exception {
    Map<String, String> settings = new PostgresResource().start();
    String token = TestTokens.allAs("alice");
    String lost = TestTokens.allAs("bob");
    String kept = TestTokens.allAs("bob");
    try (PackagedServer first = PackagedServer.start(DIRECTORY, settings);
        PackagedServer second = PackagedServer.start(DIRECTORY, settings)) {
      TestClient alice = client(second, token);
      TestClient bob = client(second, lost);
      try (TestSocket bystander = client(second, kept).socket()) {
        assertEndsOn(alice, first, "{\"subject\":\"alice\"}");
        assertEndsOn(bob, first, "{\"tokenId\":\"" + TestTokens.idOf(lost) + "\"}");
        bystander.send("{\"id\":1,\"ping\":{}}");
        assertEquals(1, bystander.next().getInteger("reply"), "another of the same user");
      }
      second.kill();
      second.start();
      assertRevoked(alice);
      assertRevoked(bob);
    }
  }

  private static void assertEndsOn(TestClient client, PackagedServer other, String revocation) {
    try (TestSocket socket = client.socket()) {
      assertEquals(
          204, client(other, TestTokens.all()).post("revocations", revocation, JSON).statusCode());
      long answered = System.nanoTime();
      assertEquals(4001, socket.closeCode());
      Duration taken = Duration.ofNanos(System.nanoTime() - answered);
      assertTrue(taken.compareTo(PROMISED) <= 0, "took " + taken);
    }
    assertRevoked(client);
  }

  private static TestClient client(PackagedServer server, String token) {
    return TestClient.of(server.url().getPort(), token);
  }

  private static void assertRevoked(TestClient client) {
    HttpResponse<String> answer = client.post(TestClient.messages("revoked:1"), "1", JSON);
    assertEquals(401, answer.statusCode());
    assertEquals("token-revoked", RestCase.json(answer).getString("code"));
  }
}
