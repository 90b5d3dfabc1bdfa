package io.tideline.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.net.http.Routes;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: whatever strangers send, the number of series stays what it is, and requests that come for
 * the first time after that are still counted. Each kind of request that is refused before a REST
 * method is found comes in many variants: methods, paths, encodings, upgrades, over HTTP/1.1 and
 * HTTP/2.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class MeterBoundsTest {
  private static final int VARIANTS = 27;
  private static final int HTTP_SERIES_MAX = 1000;
  private static final String END = " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  private static final String UPGRADE =
      " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

  private static final List<String> METHODS =
      List.of("PUT", "PATCH", "TRACE", "OPTIONS", "LINK", "GET", "POST", "DELETE", "HEAD");

  private static final Set<String> KNOWN_WORDS =
      Set.of("root", "NOT_FOUND", "REDIRECTION", "UNKNOWN", "/cors-preflight", "OTHER");
  private static final Set<String> KNOWN_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "UNKNOWN", "OTHER");

  private static final Map<HttpClient.Version, HttpClient> CLIENTS =
      Arrays.stream(HttpClient.Version.values())
          .collect(
              Collectors.toMap(
                  version -> version, version -> HttpClient.newBuilder().version(version).build()));

  @Inject Routes routes;

  @TestHTTPResource("/")
  URI base;

  private String server;

  @BeforeEach
  void address() {
    server = "http://127.0.0.1:" + base.getPort();
  }

  @ParameterizedTest
  @EnumSource
  void noStrangerMakesOrBlindsAMeter(HttpClient.Version version) throws Exception {
    strangersSend(version, 0);
    Map<String, Double> before = series("http_server");
    strangersSend(version, VARIANTS);
    assertEquals(before.keySet(), series("http_server").keySet(), "no more with more requests");
    assertTrue(before.size() < HTTP_SERIES_MAX, before.size() + " series");
    checkTags();
    checkSessionIsCounted();
  }

  /** As nobody has logged in before, it would be one name too many, were there too many. */
  private void checkSessionIsCounted() throws Exception {
    double before = sum("http_server_requests_seconds_count", "uri=\"/v1/session\"", "\"204\"");
    TestClient client = TestClient.of(base.getPort(), TestTokens.all());
    assertEquals(204, client.post("session", "", Map.of()).statusCode());
    assertEquals(
        before + 1, sum("http_server_requests_seconds_count", "uri=\"/v1/session\"", "\"204\""));
  }

  private void strangersSend(HttpClient.Version version, int from) throws Exception {
    for (int i = from; i < from + VARIANTS; i++) {
      for (String path : paths(version.name() + i)) {
        send(version, METHODS.get(i % METHODS.size()), path);
        send(version, "X" + Integer.toString(i, 36).toUpperCase(Locale.ROOT), path);
      }
      for (String head : heads(version.name() + i)) {
        sendRaw(head);
      }
    }
  }

  private static List<String> paths(String any) {
    return List.of(
        "/v1/channels/" + any + "/messages",
        "/v1/channels/" + any,
        "/v1/channels/%61" + any + "/presence",
        "/v1/channels/%2F" + any + "/messages",
        "/v1/" + any,
        "/" + any + "/a/b",
        "/v1/ws?a=" + any,
        "/v1/%77s?a=" + any,
        "/v1/ws/" + any,
        "/v1/channels;a=" + any + "/b/messages",
        "/page/%70age" + any,
        "/v1/channels/a/../b" + any + "/messages",
        "//v1//channels//" + any);
  }

  /** What a client with manners can't send. */
  private static List<String> heads(String any) {
    return List.of(
        "GET /v1/ws/" + any + UPGRADE,
        "GET /v1/ws?a=" + any + UPGRADE,
        "GET http://h" + any + "/v1/channels/" + any + "/messages" + END + "\r\n",
        "OPTIONS *" + END + "X: " + any + "\r\n\r\n",
        "JUNK" + any + " /v1/session" + END + "\r\n",
        "PUT /v1/channels/" + any + "/messages" + END + "Host: two\r\n\r\n",
        "GET /v1/" + any + " HTTP/9.9\r\n\r\n",
        "GET /v1/\u0001" + any + END + "\r\n");
  }

  private void send(HttpClient.Version version, String method, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    int status =
        CLIENTS.get(version).send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    assertTrue(status >= 200, () -> method + " " + path);
  }

  private void sendRaw(String head) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), base.getPort())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      assertTrue(socket.getInputStream().read(new byte[64]) > 0, head);
    }
  }

  private void checkTags() {
    for (Meter meter : Metrics.globalRegistry.getMeters()) {
      if (meter.getId().getName().startsWith("http.server.")) {
        String uri = meter.getId().getTag("uri");
        String method = meter.getId().getTag("method");
        assertTrue(uri == null || isKnown(uri), () -> meter.getId().toString());
        assertTrue(method == null || KNOWN_METHODS.contains(method), meter.getId()::toString);
      }
    }
  }

  @Test
  void whatIsRefusedIsCountedByItsCodeOverEachProtocol() throws Exception {
    String request = "tideline_refusals_total{code=\"method-not-allowed\",via=\"http\"}";
    String upgrade = "tideline_refusals_total{code=\"upgrade-required\",via=\"websocket\"}";
    Map<String, Double> before = series("tideline_refusals_total");
    send(HttpClient.Version.HTTP_1_1, "PUT", "/v1/session");
    send(HttpClient.Version.HTTP_1_1, "GET", "/v1/ws");
    Map<String, Double> after = series("tideline_refusals_total");
    assertEquals(before.get(request) + 1, after.get(request));
    assertEquals(before.get(upgrade) + 1, after.get(upgrade));
  }

  @Test
  void publishesAreCountedByTheirWayAndWhatBecameOfThem() throws Exception {
    String stored = "tideline_publishes_total{outcome=\"stored\",source=\"rest\"}";
    String duplicate = "tideline_publishes_total{outcome=\"duplicate\",source=\"rest\"}";
    Map<String, Double> before = series("tideline_publishes_total");
    TestClient client = TestClient.of(base.getPort(), TestTokens.all());
    Map<String, String> keyed = Map.of("Idempotency-Key", "a", "Content-Type", "application/json");
    String channel = TestClient.messages("meters:" + System.nanoTime());
    assertEquals(201, client.post(channel, "1", keyed).statusCode());
    assertEquals(201, client.post(channel, "1", keyed).statusCode());
    Map<String, Double> after = series("tideline_publishes_total");
    assertEquals(before.get(stored) + 1, after.get(stored));
    assertEquals(before.get(duplicate) + 1, after.get(duplicate));
  }

  /** A name that begins with a dot would become one that looks like a fault. */
  @Test
  void noNameLooksLikeAFault() throws Exception {
    assertFalse(metrics().contains("m__"), "a meter without a name of its own");
    assertFalse(metrics().contains("netty_eventexecutor_workers"), "registered twice");
    assertFalse(metrics().contains("sql_queue_size"), "registered by each pool");
    assertTrue(metrics().contains("\nsql_pool_"), "what it would say");
  }

  private double sum(String name, String... parts) throws Exception {
    return series(name).entrySet().stream()
        .filter(series -> Arrays.stream(parts).allMatch(series.getKey()::contains))
        .mapToDouble(Map.Entry::getValue)
        .sum();
  }

  /** All series whose names begin so, and their values. */
  private Map<String, Double> series(String name) throws Exception {
    Map<String, Double> series = new HashMap<>();
    metrics()
        .lines()
        .filter(line -> line.startsWith(name))
        .forEach(
            line -> {
              int end = line.lastIndexOf(' ');
              series.put(line.substring(0, end), Double.valueOf(line.substring(end)));
            });
    return series;
  }

  private String metrics() throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(server + "/q/metrics")).build();
    return CLIENTS
        .get(HttpClient.Version.HTTP_1_1)
        .send(request, HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private boolean isKnown(String uri) {
    return KNOWN_WORDS.contains(uri)
        || routes.all().stream().anyMatch(route -> route.template().equals(uri));
  }
}
