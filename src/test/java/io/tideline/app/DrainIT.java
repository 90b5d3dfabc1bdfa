package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.Slow;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.Vertx;
import io.vertx.core.http.GoAway;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Goal: a node that is stopped sends its clients away bit by bit, answers what it has accepted, and
 * loses nothing.
 */
@Slow
class DrainIT {
  private static final Path DIRECTORY = Path.of("target/drain");
  private static final Duration WINDOW = Duration.ofSeconds(3);
  private static final Duration EXIT_MAX = WINDOW.plusSeconds(5);
  private static final Duration AT_ONCE = Duration.ofSeconds(1);
  private static final int SOCKETS = 60;
  private static final int STREAMS = 30;
  private static final int POLLS = 10;
  private static final String CHANNEL = "drain:1";
  private static final String END = "\"end\"";

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.drain.window", WINDOW.toMillis() + "ms");
    // Publishers that wait for nothing but the answer.
    settings.put("tideline.limits.commands", "1000000");
    settings.put("tideline.limits.publishes-per-subject", "1000000");
    return settings;
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }

  @Test
  void clientsAreSentAwaySpreadOverTheWindow() throws Exception {
    PackagedServer server = PackagedServer.start(DIRECTORY, settings());
    TestClient client = client(server);
    client.publish(CHANNEL, "0");
    List<CompletableFuture<Long>> sockets = new ArrayList<>();
    List<CompletableFuture<Long>> streams = new ArrayList<>();
    List<CompletableFuture<JsonObject>> polls = new ArrayList<>();
    for (int i = 0; i < SOCKETS; i++) {
      sockets.add(whenSentAway(subscribed(client)));
    }
    for (int i = 0; i < STREAMS; i++) {
      streams.add(whenSentAway(opened(client)));
    }
    for (int i = 0; i < POLLS; i++) {
      polls.add(
          CompletableFuture.supplyAsync(() -> client.page(CHANNEL, "after=now&wait=60s"), threads));
    }
    AtomicBoolean isOver = new AtomicBoolean();
    CompletableFuture<List<Integer>> publishes =
        CompletableFuture.supplyAsync(() -> publishUntil(isOver, server.url()), threads);
    Thread.sleep(500);

    long began = System.nanoTime();
    server.terminate();
    Awaitility.await()
        .atMost(AT_ONCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> status(server.url().resolve("/q/health/ready")) == 503);
    assertRefusesNewConnections(server);
    List<Long> closings = new ArrayList<>();
    for (CompletableFuture<Long> socket : sockets) {
      closings.add(socket.get(20, TimeUnit.SECONDS) - began);
    }
    for (CompletableFuture<Long> stream : streams) {
      closings.add(stream.get(20, TimeUnit.SECONDS) - began);
    }
    assertSpread(closings);
    for (CompletableFuture<JsonObject> poll : polls) {
      assertTrue(poll.get(20, TimeUnit.SECONDS).getString("next") != null, "polls are answered");
    }
    Awaitility.await().atMost(EXIT_MAX).until(() -> !server.isAlive());
    Duration exit = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(exit.compareTo(EXIT_MAX) < 0, "exited after " + exit);
    isOver.set(true);
    List<Integer> answers = publishes.get(20, TimeUnit.SECONDS);
    int firstRefused = answers.indexOf(503) < 0 ? answers.size() : answers.indexOf(503);
    assertTrue(answers.subList(0, firstRefused).stream().allMatch(status -> status == 201));
    assertTrue(answers.subList(firstRefused, answers.size()).stream().allMatch(s -> s == 503));
  }

  /** They are always under way, so each close finds one. */
  @Test
  void publishesOverSocketsAreAnsweredBeforeTheClose() throws Exception {
    PackagedServer server = PackagedServer.start(DIRECTORY, settings());
    String channel = "drain:" + System.nanoTime();
    List<CompletableFuture<Integer>> publishers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      TestSocket socket = client(server).socket();
      publishers.add(
          CompletableFuture.supplyAsync(() -> publishUntilClosed(socket, channel), threads));
    }
    Thread.sleep(500);
    server.close();
    int answered = 0;
    for (CompletableFuture<Integer> publisher : publishers) {
      answered += publisher.get(20, TimeUnit.SECONDS);
    }
    assertTrue(answered > 100, answered + " messages");
    server.start();
    try (server) {
      HttpResponse<String> state = client(server).get("channels/" + channel, Map.of());
      assertEquals(answered, new JsonObject(state.body()).getInteger("head"), state.body());
    }
  }

  /** RFC 9113, 6.8: the streams that are open go on, the next one is opened elsewhere. */
  @Test
  void connectionsOfHttp2AreToldToOpenNoNewStreams() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (PackagedServer server = PackagedServer.start(DIRECTORY, settings())) {
      CompletableFuture<GoAway> told = new CompletableFuture<>();
      io.vertx.core.http.HttpClient http =
          vertx
              .httpClientBuilder()
              .with(
                  new HttpClientOptions()
                      .setProtocolVersion(HttpVersion.HTTP_2)
                      .setHttp2ClearTextUpgrade(false)
                      .setDefaultPort(server.url().getPort()))
              .withConnectHandler(connection -> connection.goAwayHandler(told::complete))
              .build();
      CompletableFuture<String> stream =
          http.request(HttpMethod.GET, "/v1/" + TestClient.messages(CHANNEL))
              .compose(
                  request ->
                      request
                          .putHeader("Authorization", "Bearer " + TestTokens.all())
                          .putHeader("Accept", "text/event-stream")
                          .send())
              .compose(HttpClientResponse::body)
              .map(body -> body.toString(StandardCharsets.UTF_8))
              .toCompletionStage()
              .toCompletableFuture();
      Awaitility.await().until(() -> meter(server, "tideline_connections") == 1);
      server.terminate();
      GoAway goAway = told.get(AT_ONCE.toMillis(), TimeUnit.MILLISECONDS);
      assertEquals(0, goAway.getErrorCode());
      assertFalse(stream.isDone());
      String events = stream.get(20, TimeUnit.SECONDS);
      assertTrue(events.contains("event: tideline.drain"), events);
    } finally {
      vertx.close();
    }
  }

  @Test
  void aNodeWithoutClientsDoesNotWait() throws Exception {
    PackagedServer server = PackagedServer.start(DIRECTORY, settings());
    long began = System.nanoTime();
    server.close();
    Duration exit = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(exit.compareTo(WINDOW) < 0, "exited after " + exit);
  }

  @Test
  void aRollingRestartLosesNothing() throws Exception {
    try (PackagedServer a = PackagedServer.start(DIRECTORY, settings());
        PackagedServer b = PackagedServer.start(DIRECTORY, settings())) {
      List<TestClient> nodes = List.of(client(a), client(b));
      String channel = "rolling:" + System.nanoTime();
      List<CompletableFuture<List<String>>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int first = i;
        for (Reader.Transport transport : Reader.Transport.values()) {
          readers.add(
              CompletableFuture.supplyAsync(
                  () -> readAll(transport, nodes, first, channel), threads));
        }
      }
      AtomicBoolean isOver = new AtomicBoolean();
      CompletableFuture<List<String>> publisher =
          CompletableFuture.supplyAsync(() -> publishAll(isOver, nodes, channel), threads);
      for (PackagedServer node : List.of(a, b)) {
        Thread.sleep(500);
        node.close();
        node.start();
      }
      isOver.set(true);
      List<String> published = publisher.get(30, TimeUnit.SECONDS);
      assertTrue(published.size() > 100, published.size() + " messages");
      for (CompletableFuture<List<String>> reader : readers) {
        assertEquals(published, reader.get(60, TimeUnit.SECONDS));
      }
    }
  }

  // --- what clients do

  private static TestSocket subscribed(TestClient client) {
    TestSocket socket = client.socket();
    socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + CHANNEL + ".quiet\"}}");
    socket.next();
    return socket;
  }

  /** How many were answered as stored. */
  private static int publishUntilClosed(TestSocket socket, String channel) {
    int answered = 0;
    try (socket) {
      while (true) {
        JsonObject message = new JsonObject().put("channel", channel).put("data", answered);
        socket.send(new JsonObject().put("id", answered + 1).put("publish", message));
        JsonObject reply = socket.next();
        while (!reply.containsKey("reply")) {
          reply = socket.next();
        }
        assertEquals(channel, reply.getJsonObject("ok").getString("channel"));
        answered++;
      }
    } catch (AssertionError | CompletionException closed) {
      return answered;
    }
  }

  private static TestEventStream opened(TestClient client) {
    TestEventStream stream =
        client.stream(TestClient.messages(CHANNEL + ".quiet") + "?envelope=true", Map.of());
    stream.nextField();
    stream.nextField();
    return stream;
  }

  private CompletableFuture<Long> whenSentAway(TestSocket socket) {
    return CompletableFuture.supplyAsync(
        () -> {
          long withinMs = socket.next().getJsonObject("drain").getLong("withinMs");
          assertTrue(withinMs > 0 && withinMs <= WINDOW.toMillis(), withinMs + " ms");
          assertEquals(1012, socket.closeCode());
          return System.nanoTime();
        },
        threads);
  }

  private CompletableFuture<Long> whenSentAway(TestEventStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          TestEventStream.Block told = stream.nextField();
          assertEquals("tideline.drain", told.event());
          assertTrue(new JsonObject(told.data()).getLong("withinMs") > 0);
          assertTrue(Long.parseLong(stream.nextField().retry()) > 0);
          assertTrue(stream.isEnd());
          return System.nanoTime();
        },
        threads);
  }

  /** In each third of the window about a third of them, and none after it. */
  private static void assertSpread(List<Long> closings) {
    int[] thirds = new int[3];
    for (long nanos : closings) {
      int third = (int) (3 * nanos / WINDOW.toNanos());
      assertTrue(third <= 3, Duration.ofNanos(nanos) + " after the signal");
      thirds[Math.min(2, third)]++;
    }
    for (int third : thirds) {
      assertTrue(third >= closings.size() / 5, Arrays.toString(thirds));
    }
  }

  private static void assertRefusesNewConnections(PackagedServer server) throws Exception {
    TestClient client = client(server);
    try (TestEventStream stream = client.stream(TestClient.messages(CHANNEL), Map.of())) {
      assertEquals(200, stream.status());
      assertTrue(Long.parseLong(stream.nextField().retry()) > 0);
      assertTrue(stream.isEnd());
    }
    CompletionException refused =
        assertThrows(CompletionException.class, () -> client.socket().close());
    HttpResponse<?> upgrade =
        assertInstanceOf(WebSocketHandshakeException.class, refused.getCause()).getResponse();
    assertEquals(503, upgrade.statusCode());
    assertTrue(upgrade.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
    HttpResponse<String> poll =
        client.get(TestClient.messages(CHANNEL) + "?after=now&wait=30s", Map.of());
    assertEquals(503, poll.statusCode());
    assertTrue(poll.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
  }

  /** The answers, until none comes because the process is gone. */
  private static List<Integer> publishUntil(AtomicBoolean isOver, URI url) {
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    List<Integer> answers = new ArrayList<>();
    boolean isGone = false;
    while (!isOver.get() && !isGone) {
      HttpRequest publish =
          HttpRequest.newBuilder(url.resolve("/v1/channels/" + CHANNEL + "/messages"))
              .header("Authorization", "Bearer " + TestTokens.all())
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("1"))
              .build();
      try {
        answers.add(http.send(publish, HttpResponse.BodyHandlers.ofString()).statusCode());
      } catch (IOException gone) {
        isGone = true;
      } catch (InterruptedException e) {
        throw new IllegalStateException("nothing interrupts tests", e);
      }
    }
    return answers;
  }

  private static double meter(PackagedServer server, String name) throws Exception {
    String meters =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(server.url().resolve("/q/metrics")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return meters
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private static int status(URI url) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  /** Numbers, each until it is stored, by whichever node takes it; then the end. */
  private static List<String> publishAll(
      AtomicBoolean isOver, List<TestClient> nodes, String channel) {
    List<String> published = new ArrayList<>();
    while (!isOver.get()) {
      published.add(Integer.toString(published.size() + 1));
      publish(nodes, channel, published.get(published.size() - 1));
      pause(10);
    }
    publish(nodes, channel, END);
    return published;
  }

  private static void publish(List<TestClient> nodes, String channel, String json) {
    Map<String, String> headers =
        Map.of(
            "Content-Type", "application/json", "Idempotency-Key", "\"" + json.hashCode() + "\"");
    for (int attempt = 0; ; attempt++) {
      try {
        TestClient node = nodes.get(attempt % nodes.size());
        if (node.post(TestClient.messages(channel), json, headers).statusCode() == 201) {
          return;
        }
      } catch (RuntimeException away) {
        // The other one, or this one later.
      }
      pause(50);
    }
  }

  /** Until the end, moving to the other node whenever this one sends it away. */
  private static List<String> readAll(
      Reader.Transport transport, List<TestClient> nodes, int first, String channel) {
    List<String> got = new ArrayList<>();
    String position = "earliest";
    for (int turn = first; ; turn++) {
      try (Reader reader = transport.open(nodes.get(turn % nodes.size()), channel, position)) {
        while (true) {
          Received.Message message = (Received.Message) reader.next();
          position = reader.position();
          if (message.data().equals("end")) {
            return got;
          }
          got.add(message.data());
        }
      } catch (AssertionError | RuntimeException sentAway) {
        pause(50);
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
