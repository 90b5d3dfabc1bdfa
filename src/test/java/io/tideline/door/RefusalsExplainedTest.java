package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.jwt.build.Jwt;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** On loopback whoever is refused learns why, whatever it came by. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class RefusalsExplainedTest {
  private static final String CHANNEL = "explained:1";
  private static final String NO_AUDIENCE =
      "The token is refused: claim aud is missing; 'tideline' is expected.";
  private static final String NO_GRANT =
      "This token doesn't allow 'subscribe' on '" + CHANNEL + "': ";

  @TestHTTPResource("/")
  URI base;

  // --- tokens

  @Test
  void aTokenOverRest() {
    assertEquals(
        NO_AUDIENCE, detail(client(forNobody()).get(TestClient.messages(CHANNEL), Map.of())));
    assertEquals(NO_AUDIENCE, detail(client(forNobody()).post("session", "", Map.of())));
  }

  @Test
  void aTokenInACookie() {
    Map<String, String> page =
        Map.of("Cookie", "tideline=" + forNobody(), "Sec-Fetch-Site", "same-origin");
    assertEquals(NO_AUDIENCE, detail(client(null).get(TestClient.messages(CHANNEL), page)));
  }

  @Test
  void aTokenOfAnEventStream() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(base.resolve("/v1/stream?channel=" + CHANNEL))
            .header("Authorization", "Bearer " + forNobody())
            .build();
    assertEquals(
        NO_AUDIENCE,
        detail(HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString())));
  }

  @Test
  void aTokenInAFrame() {
    try (TestSocket socket = client(null).socket()) {
      socket.send("{\"id\":1,\"auth\":{\"token\":\"" + forNobody() + "\"}}");
      assertEquals(NO_AUDIENCE, socket.next().getJsonObject("error").getString("message"));
    }
  }

  // --- rights

  @Test
  void aRightOverRest() {
    HttpResponse<String> answer =
        client(granting(Map.of("subscribes", List.of("*"))))
            .get(TestClient.messages(CHANNEL), Map.of());
    assertEquals(403, answer.statusCode());
    assertEquals(
        NO_GRANT
            + "'subscribes' in its claim 'tideline' is not one of subscribe, publish, presence, admin.",
        detail(answer));
  }

  @Test
  void aRightWithoutAnyGrants() {
    String token = base().sign(TestTokens.signingKey());
    assertEquals(
        NO_GRANT + "it has no claim 'tideline'.",
        detail(client(token).get(TestClient.messages(CHANNEL), Map.of())));
  }

  @Test
  void aRightInABatch() {
    HttpResponse<String> answer =
        client(TestTokens.publishing("anna", "other"))
            .post(
                "messages",
                "[{\"channel\":\"" + CHANNEL + "\",\"data\":1}]",
                Map.of("Content-Type", "application/json"));
    JsonObject error =
        RestCase.json(answer).getJsonArray("results").getJsonObject(0).getJsonObject("error");
    assertEquals(
        "This token doesn't allow 'publish' on '"
            + CHANNEL
            + "': none of its patterns for 'publish' matches.",
        error.getString("detail"));
  }

  @Test
  void aRightOfAnEventStream() {
    String token = granting(Map.of("subscribe", List.of("explained:2")));
    try (TestEventStream stream =
        client(token).stream("stream?channel=explained:2&channel=" + CHANNEL, Map.of())) {
      JsonObject refused = new JsonObject(stream.nextEvent().data());
      assertEquals("forbidden", refused.getString("code"));
      assertEquals(
          NO_GRANT + "none of its patterns for 'subscribe' matches.", refused.getString("message"));
    }
  }

  @Test
  void aRightOfACommand() {
    try (TestSocket socket = client(granting(Map.of("subscribe", "explained:*"))).socket()) {
      socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + CHANNEL + "\"}}");
      JsonObject error = socket.next().getJsonObject("error");
      assertEquals("forbidden", error.getString("code"));
      assertEquals(
          NO_GRANT + "'subscribe' in its claim 'tideline' is not a list, as in [\"orders:*\"].",
          error.getString("message"));
    }
  }

  @Test
  void theRightToWhatConcernsEveryone() {
    HttpResponse<String> answer =
        client(granting(Map.of("admin", List.of("orders:*"))))
            .post("revocations", "{\"subject\":\"x\"}", Map.of("Content-Type", "application/json"));
    assertTrue(
        detail(answer).startsWith("This token doesn't allow 'admin' on '*': "), answer.body());
  }

  private TestClient client(String token) {
    return TestClient.of(base.getPort(), token);
  }

  private static String detail(HttpResponse<String> answer) {
    return RestCase.json(answer).getString("detail");
  }

  private static String forNobody() {
    return Jwt.issuer(TestTokens.ISSUER)
        .subject("anna")
        .issuedAt(Instant.now())
        .expiresIn(600)
        .sign(TestTokens.signingKey());
  }

  private static io.smallrye.jwt.build.JwtClaimsBuilder base() {
    return Jwt.issuer(TestTokens.ISSUER)
        .audience(TestTokens.AUDIENCE)
        .subject("anna")
        .expiresIn(600);
  }

  private static String granting(Map<String, ?> grants) {
    return base().claim("tideline", grants).sign(TestTokens.signingKey());
  }
}
