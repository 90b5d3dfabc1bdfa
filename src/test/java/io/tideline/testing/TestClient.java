package io.tideline.testing;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/** The public contract as a client of one server calls it, over HTTP/1.1 unless told otherwise. */
public final class TestClient {
  /** No answer takes longer, unless it was asked to wait. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient http;
  private final URI base;
  private final String token;

  private TestClient(HttpClient http, URI base, String token) {
    this.http = http;
    this.base = base;
    this.token = token;
  }

  /** A client of the application that the test runs in. */
  public static TestClient of(int port, String token) {
    return of(port, token, HttpClient.Version.HTTP_1_1);
  }

  public static TestClient of(int port, String token, HttpClient.Version version) {
    return new TestClient(
        HttpClient.newBuilder().version(version).connectTimeout(PATIENCE).build(),
        URI.create("http://127.0.0.1:" + port + "/v1/"),
        token);
  }

  /** Likewise over TLS, with whatever the context shows and trusts, and without a token. */
  public static TestClient of(URI tls, SSLContext context, HttpClient.Version version) {
    return new TestClient(
        HttpClient.newBuilder()
            .version(version)
            .sslContext(context)
            .connectTimeout(PATIENCE)
            .build(),
        tls.resolve("/v1/"),
        null);
  }

  /** The same with another token; null for none. */
  public TestClient with(String anotherToken) {
    return new TestClient(http, base, anotherToken);
  }

  /** Null for none. */
  public String token() {
    return token;
  }

  /** Publishes JSON that must be stored; the answer's body. */
  public JsonObject publish(String channel, String json) {
    HttpResponse<String> answer =
        post(messages(channel), json, Map.of("Content-Type", "application/json"));
    if (answer.statusCode() != 201 && answer.statusCode() != 202) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return new JsonObject(answer.body());
  }

  public HttpResponse<String> post(String path, String body, Map<String, String> headers) {
    return text(request(path, headers).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  public HttpResponse<String> delete(String path) {
    return delete(path, Map.of());
  }

  public HttpResponse<String> delete(String path, Map<String, String> headers) {
    return text(request(path, headers).DELETE());
  }

  public HttpResponse<String> get(String path, Map<String, String> headers) {
    return text(request(path, headers).GET());
  }

  public HttpResponse<String> head(String path, Map<String, String> headers) {
    return text(request(path, headers).method("HEAD", HttpRequest.BodyPublishers.noBody()));
  }

  /** A page that must be answered; {@code query} without the question mark. */
  public JsonObject page(String channel, String query) {
    HttpResponse<String> answer = get(messages(channel) + "?" + query, Map.of());
    if (answer.statusCode() != 200) {
      throw new AssertionError(answer.statusCode() + " " + answer.body());
    }
    return new JsonObject(answer.body());
  }

  /** An event stream; {@code path} with its query. */
  public TestEventStream stream(String path, Map<String, String> headers) {
    HttpRequest request =
        request(path, headers).header("Accept", "text/event-stream").GET().build();
    return new TestEventStream(send(request, HttpResponse.BodyHandlers.ofInputStream()));
  }

  /** A WebSocket of another protocol, which carries its token itself. */
  public TestSocket socket(String path) {
    return TestSocket.open(URI.create("ws://" + base.getAuthority() + path), Map.of());
  }

  /** A WebSocket that is open, with the token in its upgrade. */
  public TestSocket socket() {
    return TestSocket.open(http, socketUri(), token);
  }

  /**
   * Likewise, with the token among the subprotocols.
   *
   * @throws java.util.concurrent.CompletionException if it is refused
   */
  public TestSocket socketAsBrowsersDo() {
    return TestSocket.openAsBrowsersDo(http, socketUri(), token);
  }

  URI socketUri() {
    return URI.create(base.resolve("ws").toString().replaceFirst("^http", "ws"));
  }

  public static String messages(String channel) {
    return "channels/" + channel + "/messages";
  }

  public static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private HttpRequest.Builder request(String path, Map<String, String> headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE.plusSeconds(60));
    if (Objects.nonNull(token)) {
      request.header("Authorization", "Bearer " + token);
    }
    headers.forEach(request::header);
    return request;
  }

  private HttpResponse<String> text(HttpRequest.Builder request) {
    return send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body) {
    try {
      return http.send(request, body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }
}
