package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.tideline.testing.Balancer;
import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Program;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.Slow;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Goal: the configurations of {@code docs/load-balancers} do what is written beside them, with
 * three nodes behind.
 */
@Needs({Program.HAPROXY, Program.NGINX})
@Slow
class LoadBalancerIT {
  private static final Path DIRECTORY = Path.of("target/load-balancers");
  private static final int NODES = 3;
  private static final int PER_ADDRESS = 30;
  private static final Duration IDLE_MAX = Duration.ofSeconds(4);
  private static final Duration AT_ONCE = Duration.ofSeconds(2);
  private static final List<PackagedServer> nodes = new ArrayList<>();
  private static final ExecutorService threads = Executors.newCachedThreadPool();

  @BeforeAll
  static void startNodes() {
    List<CompletableFuture<PackagedServer>> starts = new ArrayList<>();
    Map<String, String> settings = settings();
    for (int i = 0; i < NODES; i++) {
      starts.add(CompletableFuture.supplyAsync(() -> start(settings), threads));
    }
    starts.forEach(start -> nodes.add(start.join()));
  }

  @AfterAll
  static void stopNodes() {
    nodes.forEach(PackagedServer::kill);
    threads.shutdownNow();
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("quarkus.http.proxy.proxy-address-forwarding", "true");
    settings.put("quarkus.http.proxy.trusted-proxies", "127.0.0.1");
    settings.put("tideline.limits.connections-per-address", String.valueOf(PER_ADDRESS));
    settings.put("tideline.live.heartbeat", "1s");
    settings.put("tideline.live.ping", "1s");
    settings.put("tideline.drain.window", "6s");
    return settings;
  }

  private static PackagedServer start(Map<String, String> settings) {
    try {
      return PackagedServer.start(DIRECTORY, settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Balancer balancer(Balancer.Kind kind) throws IOException {
    return Balancer.start(
        kind, DIRECTORY, nodes.stream().map(node -> node.url().getPort()).toList(), IDLE_MAX);
  }

  private static TestClient client(Balancer balancer) {
    return TestClient.of(balancer.port(), TestTokens.all());
  }

  private static String channel(String name) {
    return name + ":" + System.nanoTime();
  }

  @ParameterizedTest
  @EnumSource
  void messagesPassAtOnceOnEveryTransport(Balancer.Kind kind) throws Exception {
    try (Balancer balancer = balancer(kind)) {
      TestClient client = client(balancer);
      for (Reader.Transport transport : Reader.Transport.values()) {
        // What one node calls now may be a moment ago to another.
        String channel = channel("passing-" + transport);
        try (Reader reader = transport.open(client, channel, "now")) {
          long began = System.nanoTime();
          client.publish(channel, "\"" + transport + "\"");
          Received.Message got = assertInstanceOf(Received.Message.class, reader.next());
          assertTrue(got.data().contains(transport.name()), got.data());
          Duration took = Duration.ofNanos(System.nanoTime() - began);
          assertTrue(took.compareTo(AT_ONCE) < 0, transport + " took " + took);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void idleConnectionsStayByTheirHeartbeat(Balancer.Kind kind) throws Exception {
    String channel = channel("idle");
    try (Balancer balancer = balancer(kind)) {
      TestClient client = client(balancer);
      try (Reader socket = Reader.Transport.WEBSOCKET.open(client, channel, "now");
          Reader stream = Reader.Transport.SSE.open(client, channel, "now")) {
        Thread.sleep(IDLE_MAX.plusSeconds(2).toMillis());
        client.publish(channel, "1");
        assertEquals(1, ((Received.Message) socket.next()).offset());
        assertEquals(1, ((Received.Message) stream.next()).offset());
      }
    }
  }

  /** A node may have stored it before it died: only whoever has the key may repeat it. */
  @ParameterizedTest
  @EnumSource
  void aPublishWithoutAnAnswerIsNotRepeated(Balancer.Kind kind) throws Exception {
    AtomicInteger publishes = new AtomicInteger();
    List<ServerSocket> dying = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      ServerSocket node = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      dying.add(node);
      threads.execute(() -> dieAtEachPublish(node, publishes));
    }
    List<Integer> ports = dying.stream().map(ServerSocket::getLocalPort).toList();
    try (Balancer balancer = Balancer.start(kind, DIRECTORY, ports)) {
      int status =
          TestClient.of(balancer.port(), null)
              .post(TestClient.messages("dying:1"), "1", Map.of("Content-Type", "application/json"))
              .statusCode();
      assertEquals(502, status);
      assertEquals(1, publishes.get(), "the one that was asked");
    }
    for (ServerSocket node : dying) {
      node.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aKilledNodeIsNotNoticedByWhoReadsPages(Balancer.Kind kind) throws Exception {
    String channel = channel("killed");
    try (Balancer balancer = balancer(kind)) {
      TestClient client = client(balancer);
      client.publish(channel, "1");
      Reader.Transport[] live = {Reader.Transport.WEBSOCKET, Reader.Transport.SSE};
      List<CompletableFuture<Received>> readers = new ArrayList<>();
      for (Reader.Transport transport : live) {
        for (int i = 0; i < 2 * NODES; i++) {
          readers.add(
              CompletableFuture.supplyAsync(() -> second(transport, client, channel), threads));
        }
      }
      Thread.sleep(500);
      nodes.get(0).kill();
      for (int i = 0; i < 60; i++) {
        assertEquals(200, client.get(TestClient.messages(channel), Map.of()).statusCode());
      }
      Awaitility.await().until(() -> isStored(client, channel));
      for (CompletableFuture<Received> reader : readers) {
        assertEquals(new Received.Message(2, "2"), reader.get());
      }
      nodes.get(0).start();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDrainingNodeSendsItsClientsToTheOthers(Balancer.Kind kind) throws Exception {
    String channel = channel("draining");
    try (Balancer balancer = balancer(kind)) {
      TestClient client = client(balancer);
      client.publish(channel, "1");
      List<CompletableFuture<Received>> readers = new ArrayList<>();
      for (int i = 0; i < 4 * NODES; i++) {
        readers.add(
            CompletableFuture.supplyAsync(
                () -> second(Reader.Transport.WEBSOCKET, client, channel), threads));
      }
      Thread.sleep(500);
      // Somebody is there, so that it takes its time.
      Reader direct =
          Reader.Transport.WEBSOCKET.open(
              TestClient.of(nodes.get(1).url().getPort(), TestTokens.all()), channel, "now");
      nodes.get(1).terminate();
      if (kind == Balancer.Kind.HAPROXY) {
        Thread.sleep(3_000);
        assertTrue(nodes.get(1).isAlive(), "it drains");
        for (int i = 0; i < 20; i++) {
          String poll = TestClient.messages(channel) + "?after=now&wait=10ms";
          assertEquals(200, client.get(poll, Map.of()).statusCode());
        }
      }
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !nodes.get(1).isAlive());
      direct.close();
      Awaitility.await().until(() -> isStored(client, channel));
      for (CompletableFuture<Received> reader : readers) {
        assertEquals(new Received.Message(2, "2"), reader.get());
      }
      nodes.get(1).start();
    }
  }

  /** HAProxy asks the nodes whether they are ready; nginx never did. */
  @ParameterizedTest
  @EnumSource
  void nodesThatAreNotReadyStillAnswer(Balancer.Kind kind) throws Exception {
    List<HttpServer> unready = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      unready.add(unreadyNode());
    }
    List<Integer> ports = unready.stream().map(node -> node.getAddress().getPort()).toList();
    try (Balancer balancer = Balancer.start(kind, DIRECTORY, ports)) {
      Thread.sleep(3_000);
      try (TestEventStream stream =
          TestClient.of(balancer.port(), null).stream("stream?channel=a", Map.of())) {
        assertEquals(200, stream.status(), "after 503 an EventSource never comes back");
      }
    }
    unready.forEach(node -> node.stop(0));
  }

  @ParameterizedTest
  @EnumSource
  void clientsAreCountedByTheirOwnAddress(Balancer.Kind kind) throws Exception {
    List<Integer> ports = nodes.stream().map(node -> node.url().getPort()).toList();
    try (Balancer balancer = Balancer.start(kind, DIRECTORY, ports)) {
      int polls = NODES * (PER_ADDRESS + 10);
      assertTrue(refused(2, balancer.port(), polls) >= polls - NODES * PER_ADDRESS);
      assertEquals(0, refused(3, balancer.port(), PER_ADDRESS));
    }
  }

  /** Who isn't a trusted proxy can't claim another's address. */
  @ParameterizedTest
  @EnumSource(names = "NGINX")
  void whatOthersForwardIsNotBelieved(Balancer.Kind unused) throws Exception {
    assertEquals(10, refused(2, nodes.get(2).url().getPort(), PER_ADDRESS + 10));
  }

  // --- what nodes and clients do

  private static void dieAtEachPublish(ServerSocket node, AtomicInteger publishes) {
    while (!node.isClosed()) {
      try (Socket connection = node.accept()) {
        byte[] buffer = new byte[8_192];
        int read = connection.getInputStream().read(buffer);
        String request = new String(buffer, 0, Math.max(0, read), StandardCharsets.UTF_8);
        if (request.startsWith("POST")) {
          publishes.incrementAndGet();
        } else if (request.startsWith("GET /q/")) {
          connection
              .getOutputStream()
              .write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
        }
      } catch (IOException over) {
        // the next one, or the end
      }
    }
  }

  private static HttpServer unreadyNode() throws IOException {
    HttpServer node =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    node.createContext(
        "/",
        exchange -> {
          boolean isCheck = exchange.getRequestURI().getPath().startsWith("/q/");
          exchange.sendResponseHeaders(isCheck ? 503 : 200, -1);
          exchange.close();
        });
    node.start();
    return node;
  }

  private static boolean isStored(TestClient client, String channel) {
    Map<String, String> headers =
        Map.of("Content-Type", "application/json", "Idempotency-Key", "\"second\"");
    return client.post(TestClient.messages(channel), "2", headers).statusCode() == 201;
  }

  /** What comes after the first message, by whichever connection. */
  private static Received second(Reader.Transport transport, TestClient client, String channel) {
    String position = "earliest";
    while (true) {
      try (Reader reader = transport.open(client, channel, position)) {
        while (true) {
          Received got = reader.next();
          position = reader.position();
          if (!got.equals(new Received.Message(1, "1"))) {
            return got;
          }
        }
      } catch (AssertionError | RuntimeException sentAway) {
        pause(50);
      }
    }
  }

  /** How many of so many polls from 127.0.0.x, each claiming another address, get a 429. */
  private static int refused(int x, int port, int polls) throws IOException {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < polls; i++) {
        Socket socket = new Socket();
        sockets.add(socket);
        socket.setSoTimeout(20_000);
        socket.bind(
            new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) x}), 0));
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        String request =
            """
            GET /v1/channels/address:1/messages?after=now&wait=8s HTTP/1.1
            Host: localhost
            Authorization: Bearer %s
            X-Forwarded-For: 203.0.113.%d
            Forwarded: for=203.0.113.%d

            """
                .formatted(TestTokens.all(), i, i)
                .replace("\n", "\r\n");
        socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      }
      int refused = 0;
      for (Socket socket : sockets) {
        String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
        assertTrue(status.equals("HTTP/1.1 200") || status.equals("HTTP/1.1 429"), status);
        refused += status.endsWith("429") ? 1 : 0;
      }
      return refused;
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }
}
