package io.tideline.net.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestTokens;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every answer of every kind tells browsers to be careful with it. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class SecureHeadersTest {
  private static final String POLICY = "Content-Security-Policy";
  private static final Pattern INLINE_SCRIPT =
      Pattern.compile("<script(?: defer)?>(.*?)</script>", Pattern.DOTALL);

  @TestHTTPResource("/")
  URI base;

  @ParameterizedTest
  @CsvSource({
    "GET, /, 200",
    "GET, /page/page.js, 200",
    "GET, /tideline.js, 200",
    "GET, /nowhere, 404",
    "GET, /v1/nothing, 404",
    "GET, /v1;x/nothing, 404",
    "GET, /v1/channels/headers:1/messages, 200",
    "HEAD, /v1/channels/headers:1/messages, 200",
    "GET, /v1/channels/-/messages, 400",
    "POST, /v1/channels/headers:1/messages, 201",
    "POST, /v1/messages, 422",
    "PUT, /v1/messages, 405",
    "OPTIONS, /v1/messages, 204",
    "GET, /v1/stream?channel=headers:1, 200",
    "POST, /v1/ws, 405",
    "POST, /v1/session, 204",
    "GET, /q/health/live, 200",
    "GET, /q/metrics, 200",
    "GET, /q/openapi, 200",
    "GET, /q/swagger-ui, 302",
    "GET, /q/swagger-ui/, 200",
    "GET, /q/swagger-ui/swagger-ui-bundle.js, 200",
    "GET, /q/nothing, 404"
  })
  void holds(String method, String path, int status) throws Exception {
    for (Version version : Version.values()) {
      HttpRequest request =
          HttpRequest.newBuilder(base.resolve(path))
              .header("Authorization", "Bearer " + TestTokens.all())
              .header("Origin", base.getScheme() + "://" + base.getAuthority())
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build();
      HttpClient http = HttpClient.newBuilder().version(version).build();
      HttpResponse<InputStream> answer =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      answer.body().close();
      assertEquals(status, answer.statusCode());
      assertHeader(answer, "X-Content-Type-Options", "nosniff");
      assertHeader(answer, "Referrer-Policy", "no-referrer");
      assertHeader(answer, "X-Frame-Options", "DENY");
      List<String> policies = answer.headers().allValues(POLICY);
      assertEquals(1, policies.size(), policies.toString());
      assertEquals(0, policies.get(0).indexOf("default-src 'none'"), policies.toString());
      boolean isPage = path.matches("/|/page/.*|/tideline.js|/q/swagger-ui.*");
      assertEquals(isPage, policies.get(0).contains("connect-src 'self'"), "what it needs");
    }
  }

  /** What the page of the API has in itself may run, and nothing else that could come in there. */
  @Test
  void thePageOfTheApiRunsItsOwnScripts() throws Exception {
    HttpResponse<String> page =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(base.resolve("/q/swagger-ui/")).build(),
                HttpResponse.BodyHandlers.ofString());
    List<String> needed = new ArrayList<>(List.of("'self'"));
    Matcher script = INLINE_SCRIPT.matcher(page.body());
    while (script.find()) {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(script.group(1).getBytes(UTF_8));
      needed.add("'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
    }
    assertEquals(3, needed.size(), page.body());
    String allowed = "script-src " + String.join(" ", needed) + ";";
    String policy = page.headers().firstValue(POLICY).orElseThrow();
    assertTrue(policy.contains(allowed), () -> "should have " + allowed + " in " + policy);
  }

  private static void assertHeader(HttpResponse<?> answer, String name, String value) {
    assertEquals(List.of(value), answer.headers().allValues(name), name);
  }
}
