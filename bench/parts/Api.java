package parts;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

/** The public contract, as a client calls it. Every call is bounded in time. */
public final class Api {
  /** Longer than the server may take to say that it doesn't know (504). */
  public static final Duration PATIENCE = Duration.ofSeconds(15);

  /** Answers after which a client comes back; 502 is what a balancer says whose node is gone. */
  private static final Set<Integer> PASSING = Set.of(429, 502, 503, 504);

  /**
   * HTTP/1.1: an HTTP/2 client would put all readers on one connection, and a cut would hit them
   * all alike.
   */
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private final String base;
  private final String authorization;
  private final Duration patience;

  /** {@code patience} is how long an answer is waited for, beyond what was asked to wait. */
  public Api(String base, String token, Duration patience) {
    this.base = base;
    this.authorization = "Bearer " + token;
    this.patience = patience;
  }

  static boolean passes(int status) {
    return PASSING.contains(status);
  }

  Duration patience() {
    return patience;
  }

  public HttpResponse<String> publish(String channel, Payload payload, String key, String type)
      throws IOException {
    HttpRequest.Builder request =
        request("/v1/channels/" + channel + "/messages", patience)
            .header("Content-Type", payload.kind().contentType)
            .POST(HttpRequest.BodyPublishers.ofByteArray(payload.bytes()));
    if (key != null) {
      request.header("Idempotency-Key", key);
    }
    if (type != null) {
      request.header("Tideline-Type", type);
    }
    return text(request);
  }

  public HttpResponse<String> publishBatch(String lines) throws IOException {
    return text(
        request("/v1/messages", patience)
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofString(lines)));
  }

  public HttpResponse<String> page(String channel, String after, int limit, int waitSeconds)
      throws IOException {
    String wait = waitSeconds == 0 ? "" : "&wait=" + waitSeconds + "s";
    return text(
        request(
                "/v1/channels/"
                    + channel
                    + "/messages?after="
                    + encode(after)
                    + "&limit="
                    + limit
                    + wait,
                patience.plusSeconds(waitSeconds))
            .GET());
  }

  public HttpResponse<String> purge(String channel, String through) throws IOException {
    return text(
        request("/v1/channels/" + channel + "/messages?through=" + encode(through), patience)
            .DELETE());
  }

  /** The resource as SSE; {@code lastEventId} or {@code after} may be null. */
  public HttpResponse<InputStream> events(String path, String lastEventId) throws IOException {
    HttpRequest.Builder request =
        request(path, patience).header("Accept", "text/event-stream").GET();
    if (lastEventId != null) {
      request.header("Last-Event-ID", lastEventId);
    }
    return send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  public Socket socket() throws IOException {
    return new Socket(
        http, URI.create(base.replaceFirst("^http", "ws") + "/v1/ws"), authorization, patience);
  }

  public static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private HttpRequest.Builder request(String path, Duration timeout) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .timeout(timeout)
        .header("Authorization", authorization);
  }

  private HttpResponse<String> text(HttpRequest.Builder request) throws IOException {
    return send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private <T> HttpResponse<T> send(HttpRequest.Builder request, HttpResponse.BodyHandler<T> body)
      throws IOException {
    try {
      return http.send(request.build(), body);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts these threads", e);
    }
  }
}
