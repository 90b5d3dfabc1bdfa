package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.Balancer;
import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Program;
import io.tideline.testing.TestTokens;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Goal: all clients of a service come to one node that has just returned, and get in at the rate
 * that it can take, on every transport, each told when to try again.
 */
@Needs(Program.NGINX)
class AdmissionIT {
  private static final Path DIRECTORY = Path.of("target/admission");
  private static final int CLIENTS = 2_000;
  private static final int RATE = 100;

  /** As many at once are let in before the rate counts. */
  private static final int BURST = RATE;

  /** What the rate says, the longest that a client was told to wait, and a slow machine's share. */
  private static final Duration ALL_IN_MAX =
      Duration.ofSeconds((CLIENTS - BURST) / RATE + 3).plusSeconds(15);

  private static final Pattern RETRY_AFTER = Pattern.compile("retry-after: (\\d+)\r\n");
  private static final Pattern RETRY = Pattern.compile("retry: (\\d+)\n");

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger refusals = new AtomicInteger();
  private final Map<Transport, Set<Long>> hints = new EnumMap<>(Transport.class);

  private enum Transport {
    WEBSOCKET(
        """
        GET /v1/ws HTTP/1.1
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Protocol: tideline.v1
        """),
    SSE(
        """
        GET /v1/channels/storm:1/messages HTTP/1.1
        Accept: text/event-stream
        """),
    LONG_POLL(
        """
        GET /v1/channels/storm:1/messages?after=now&wait=60s HTTP/1.1
        """);

    private final String request;

    Transport(String request) {
      this.request =
          (request + "Host: localhost\nAuthorization: Bearer %s\n\n").replace("\n", "\r\n");
    }
  }

  @Test
  void aStormOnOneNodeGetsInAtItsRate() throws Exception {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.limits.new-connections", String.valueOf(RATE));
    for (Transport transport : Transport.values()) {
      hints.put(transport, ConcurrentHashMap.newKeySet());
    }
    try (PackagedServer node = PackagedServer.start(DIRECTORY, settings);
        Balancer balancer = balancer(node)) {
      NetClient net = vertx.createNetClient();
      String token = TestTokens.all();
      long beganNanos = System.nanoTime();
      for (int i = 0; i < CLIENTS; i++) {
        Transport transport = Transport.values()[i % Transport.values().length];
        connect(net, balancer.port(), transport, transport.request.formatted(token));
      }
      List<Integer> seen = new ArrayList<>();
      while (connections(node) < CLIENTS) {
        Duration elapsed = Duration.ofNanos(System.nanoTime() - beganNanos);
        assertTrue(elapsed.compareTo(ALL_IN_MAX) < 0, seen + " are in after " + elapsed);
        int now = connections(node);
        double seconds = (System.nanoTime() - beganNanos) / 1e9;
        assertTrue(now <= BURST + RATE * seconds + 1, now + " are in after " + seconds + " s");
        seen.add(now);
        Thread.sleep(100);
      }
      assertTrue(refusals.get() > CLIENTS / 4, refusals + " were told to wait");
      for (Transport transport : Transport.values()) {
        assertJittered(transport, hints.get(transport));
      }
      assertEquals(CLIENTS, connections(node));
      node.kill();
    } finally {
      vertx.close();
    }
  }

  /** Two seconds on the whole, from half to one and a half; Retry-After has whole seconds only. */
  private static void assertJittered(Transport transport, Set<Long> millis) {
    Set<Long> seconds = new HashSet<>();
    for (long each : millis) {
      assertTrue(each >= 1_000 && each <= 3_000, transport + " was told " + each + " ms");
      seconds.add(each / 500);
    }
    assertTrue(seconds.size() >= 2, transport + " was told " + millis);
  }

  /** All three places are this one node: the others haven't returned. */
  private static Balancer balancer(PackagedServer node) throws Exception {
    int port = node.url().getPort();
    return Balancer.start(Balancer.Kind.NGINX, DIRECTORY, List.of(port, port, port));
  }

  /** Once in a connection stays; one that is refused comes back when it was told to. */
  private void connect(NetClient net, int port, Transport transport, String request) {
    net.connect(port, "127.0.0.1")
        .onFailure(failed -> vertx.setTimer(500, id -> connect(net, port, transport, request)))
        .onSuccess(
            socket -> {
              socket.handler(
                  answer ->
                      answered(
                          socket, answer, () -> connect(net, port, transport, request), transport));
              socket.write(request);
            });
  }

  private void answered(NetSocket socket, Buffer answer, Runnable again, Transport transport) {
    String text = answer.toString(StandardCharsets.UTF_8).toLowerCase(Locale.ROOT);
    if (text.startsWith("http/1.1 503")) {
      comeBack(socket, transport, millis(RETRY_AFTER, text, 1_000), again);
    } else if (transport == Transport.SSE && text.contains("retry: ") && !text.contains("\nid: ")) {
      comeBack(socket, transport, millis(RETRY, text, 1), again);
    }
  }

  private void comeBack(NetSocket socket, Transport transport, long millis, Runnable again) {
    refusals.incrementAndGet();
    hints.get(transport).add(millis);
    socket.handler(rest -> {});
    socket.close();
    vertx.setTimer(millis, id -> again.run());
  }

  private static long millis(Pattern pattern, String text, long unit) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) * unit : -1;
  }

  private static int connections(PackagedServer node) throws Exception {
    String meters =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(node.url() + "/q/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return meters
        .lines()
        .filter(line -> line.startsWith("tideline_connections{"))
        .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
