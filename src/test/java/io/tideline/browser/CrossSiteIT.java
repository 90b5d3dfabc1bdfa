package io.tideline.browser;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpServer;
import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.Program;
import io.tideline.testing.TestClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A user is logged in, and opens a page of somebody else's, which tries what it can with the user's
 * cookie. One such page is of the same host: browsers take it for the same site, whatever its port,
 * and send the cookie along, so that the server alone stands in its way.
 */
@Needs(Program.CHROMIUM)
class CrossSiteIT {
  private static final Duration SEEN_MAX = Duration.ofSeconds(30);
  private static final String CHANNEL = "private:1";

  private static PackagedServer server;
  private static HttpServer elsewhere;

  @TempDir Path profile;
  private Chromium chromium;

  @BeforeAll
  static void start() throws IOException {
    server = PackagedServer.start(Path.of("target/browser/server"));
    server.publish(CHANNEL, "\"secret\"");
    elsewhere = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    elsewhere.createContext(
        "/",
        exchange -> {
          byte[] page = "<!doctype html><title>elsewhere</title>".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    elsewhere.start();
  }

  @AfterAll
  static void stop() {
    elsewhere.stop(0);
    server.close();
  }

  @BeforeEach
  void logIn() throws IOException {
    chromium = Chromium.start(profile);
    open(server.url().resolve("/"));
    assertEquals(
        "204",
        run(
            "(await fetch('/v1/session', {method: 'POST', headers: {Authorization: 'Bearer "
                + server.token()
                + "'}})).status"));
  }

  @AfterEach
  void stopBrowser() {
    chromium.close();
  }

  /** Without this the others would prove nothing. */
  @Test
  void theServersOwnPageMayDoAllOfIt() {
    assertEquals("open", run(socket()));
    assertEquals("message", run(events()));
    assertEquals("200", run(page()));
    assertEquals("201", run(publish("same-origin")));
  }

  /** In the first run a page of localhost may connect, but the cookie doesn't count for it. */
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "localhost", "elsewhere.localhost"})
  void anotherPageMayDoNoneOfIt(String host) throws IOException {
    open(URI.create("http://" + host + ":" + elsewhere.getAddress().getPort() + "/"));
    String head = head();
    assertEquals("refused", run(socket()));
    assertEquals("refused", run(events()));
    assertEquals("TypeError", run(page()));
    assertEquals("TypeError", run(publish("cors")));
    assertEquals("0", run(publish("no-cors")), "it is sent, and nothing is told of the answer");
    assertEquals("TypeError", run(request("/v1/session", "{method: 'DELETE'}")));
    assertEquals(head, head(), "nothing was published");
    open(server.url().resolve("/"));
    assertEquals("200", run(page()), "nobody was logged out");
  }

  private static String socket() {
    return """
        await new Promise(told => {
          const socket = new WebSocket('%s', 'tideline.v1');
          socket.onopen = () => socket.send('{"id":1,"subscribe":{"channel":"%s"}}');
          socket.onmessage = ({data}) => told(JSON.parse(data).ok ? 'open' : 'refused');
          socket.onerror = () => told('refused');
        })"""
        .formatted(server.url().resolve("/v1/ws").toString().replaceFirst("http", "ws"), CHANNEL);
  }

  private static String events() {
    return """
        await new Promise(told => {
          const events = new EventSource('%s?after=earliest', {withCredentials: true});
          events.onmessage = event => { events.close(); told(event.type); };
          events.onerror = () => { events.close(); told('refused'); };
        })"""
        .formatted(messages());
  }

  private static String page() {
    return request(messages().toString(), "{}");
  }

  /** As a form could send it, without asking first. */
  private static String publish(String mode) {
    return request(
        messages().toString(),
        "{method: 'POST', mode: '"
            + mode
            + "', headers: {'Content-Type': 'text/plain'}, body: 'x'}");
  }

  private static String request(String path, String options) {
    return "await fetch('%s', {...%s, credentials: 'include'}).then(answer => answer.status, e => e.name)"
        .formatted(server.url().resolve(path), options);
  }

  private static URI messages() {
    return server.url().resolve("/v1/" + TestClient.messages(CHANNEL));
  }

  private static String head() throws IOException {
    return TestClient.of(server.url().getPort(), server.token())
        .page(CHANNEL, "last=1")
        .getString("next");
  }

  private String run(String expression) {
    return chromium.evaluate("(async () => String(" + expression + "))()").asText();
  }

  private void open(URI page) {
    chromium.open(page);
    String there = page.getScheme() + "://" + page.getAuthority() + " complete";
    await()
        .atMost(SEEN_MAX)
        .ignoreExceptions()
        .until(
            () ->
                chromium
                    .evaluate("location.origin + ' ' + document.readyState")
                    .asText()
                    .equals(there));
  }
}
