package io.tideline.door.centrifuge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.Slow;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: readers of one channel through different doors read the same log, each message once and in
 * order, though their node is killed meanwhile.
 */
@Slow
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BothDoorsIT {
  private static final Path DIRECTORY = Path.of("target/both-doors");
  private static final int MESSAGES = 2000;
  private static final int KILLED_AFTER = 700;
  private static final List<Integer> ALL = IntStream.rangeClosed(1, MESSAGES).boxed().toList();

  private static PackagedServer first;
  private static PackagedServer second;

  private final String channel = "room:" + UUID.randomUUID();
  private final AtomicInteger standing = new AtomicInteger();

  @BeforeAll
  static void start() throws IOException {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.doors.centrifuge.enabled", "true");
    settings.put("tideline.limits.publishes-per-subject", "100000");
    first = PackagedServer.start(DIRECTORY, settings);
    second = PackagedServer.start(DIRECTORY, settings);
  }

  @AfterAll
  static void stop() {
    first.close();
    second.close();
  }

  @Test
  void readTheSameThoughANodeIsKilled() throws Exception {
    CompletableFuture<List<Integer>> ofNative = CompletableFuture.supplyAsync(this::readNative);
    CompletableFuture<List<Integer>> ofCentrifuge =
        CompletableFuture.supplyAsync(this::readCentrifuge);
    while (standing.get() < 2 && !ofNative.isDone() && !ofCentrifuge.isDone()) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    TestClient publisher = client(second);
    for (int message : ALL) {
      publisher.publish(channel, String.valueOf(message));
      if (message == KILLED_AFTER) {
        first.kill();
      }
    }
    assertEquals(ALL, ofNative.get(1, TimeUnit.MINUTES));
    assertEquals(ALL, ofCentrifuge.get(1, TimeUnit.MINUTES));
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }

  /** Until the last message came; what a killed node leaves behind is an error of the reader. */
  private List<Integer> readNative() {
    List<Integer> read = new ArrayList<>();
    String position = "now";
    for (PackagedServer server : List.of(first, second)) {
      try (Reader reader = Reader.Transport.WEBSOCKET.open(client(server), channel, position)) {
        standing.incrementAndGet();
        position = reader.position();
        while (read.size() < MESSAGES) {
          read.add(Integer.valueOf(((Received.Message) reader.next()).data()));
          position = reader.position();
        }
      } catch (AssertionError closed) {
        if (server == second) {
          throw closed;
        }
      }
    }
    return read;
  }

  private List<Integer> readCentrifuge() {
    List<Integer> read = new ArrayList<>();
    JsonObject request = new JsonObject().put("channel", channel);
    for (PackagedServer server : List.of(first, second)) {
      try (TestSocket socket = connected(server)) {
        JsonObject reply = call(socket, 2, "subscribe", request);
        standing.incrementAndGet();
        request.put("recover", true).put("epoch", reply.getString("epoch"));
        request.put("offset", reply.getLong("offset", 0L));
        while (read.size() < MESSAGES) {
          Optional<JsonObject> frame = socket.nextOrEnd();
          if (frame.isEmpty()) {
            break;
          }
          JsonObject push = frame.get().getJsonObject("push");
          if (push == null) {
            socket.send("{}");
            continue;
          }
          read.add(push.getJsonObject("pub").getInteger("data"));
          request.put("offset", push.getJsonObject("pub").getLong("offset"));
        }
      }
    }
    return read;
  }

  private static TestSocket connected(PackagedServer server) {
    URI address = URI.create("ws://127.0.0.1:" + server.url().getPort() + CentrifugeDoor.PATH);
    TestSocket socket = TestSocket.open(address, Map.of());
    call(socket, 1, "connect", new JsonObject().put("token", TestTokens.all()));
    return socket;
  }

  private static JsonObject call(TestSocket socket, int id, String method, JsonObject request) {
    socket.send(new JsonObject().put("id", id).put(method, request));
    return socket.next().getJsonObject(method);
  }
}
