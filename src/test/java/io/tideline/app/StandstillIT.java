package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.Slow;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/**
 * Goal: a node that stood still knows that the others didn't. It hears nothing of them but by the
 * sweep here, so that nothing but its own noticing keeps it from giving what is old.
 */
@Slow
class StandstillIT {
  private static final Path DIRECTORY = Path.of("target/standstill");
  private static final long PAUSE_MILLIS = 30_000;
  private static final int ASKED = 10;
  private static final String CHANNEL = "standstill:1";

  @Test
  void whatItGivesAfterwardsIsNotOld() throws Exception {
    Map<String, String> settings = new PostgresResource().start();
    Map<String, String> deaf = new HashMap<>(settings);
    deaf.put("mp.messaging.incoming.publications-in.topic", "where_nobody_speaks");
    try (PackagedServer running = PackagedServer.start(DIRECTORY, settings);
        PackagedServer paused = PackagedServer.start(DIRECTORY, deaf)) {
      TestClient here = client(running);
      TestClient there = client(paused);
      here.publish(CHANNEL, "1");
      try (Reader live = Reader.Transport.WEBSOCKET.open(there, CHANNEL, "earliest")) {
        assertEquals(new Received.Message(1, "1"), live.next());
        String position = live.position();
        paused.pause();
        Thread.sleep(PAUSE_MILLIS);
        JsonObject last = null;
        for (int i = 2; i <= 4; i++) {
          last = here.publish(CHANNEL, Integer.toString(i));
        }
        // What waits when it goes on comes before its own clock.
        List<CompletableFuture<JsonObject>> pages = new ArrayList<>();
        List<CompletableFuture<JsonObject>> heads = new ArrayList<>();
        for (int i = 0; i < ASKED; i++) {
          pages.add(ask(there, "after=" + position));
          heads.add(ask(there, "after=now"));
        }
        Thread.sleep(300);
        paused.resume();
        for (CompletableFuture<JsonObject> page : pages) {
          assertEquals(3, page.get().getJsonArray("messages").size());
          assertFalse(page.get().getBoolean("more"));
        }
        for (CompletableFuture<JsonObject> head : heads) {
          assertEquals(last.getString("position"), head.get().getString("next"));
        }
        for (int i = 2; i <= 4; i++) {
          assertEquals(new Received.Message(i, Integer.toString(i)), live.next());
        }
      }
    }
  }

  private static CompletableFuture<JsonObject> ask(TestClient client, String query) {
    return CompletableFuture.supplyAsync(
        () -> client.page(CHANNEL, query), task -> new Thread(task).start());
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }
}
