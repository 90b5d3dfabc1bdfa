package io.tideline.backplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Reader;
import io.tideline.testing.Received;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;

/**
 * Goal: the backplane is a hint. Two nodes on one database, and nothing that one announces ever
 * reaches the other: its subscribers get everything all the same, in order, once, within 5 s.
 */
class LostBackplaneIT {
  private static final Path DIRECTORY = Path.of("target/lost-backplane");
  private static final Duration LATE_MAX = Duration.ofSeconds(5);
  private static final int MESSAGES = 60;
  private static final long PAUSE_MILLIS = 50;
  private static final String CHANNEL = "lost:1";

  @Test
  void theSweepBringsWhatTheBackplaneLoses() throws Exception {
    Map<String, String> settings = new PostgresResource().start();
    Map<String, String> deaf = new HashMap<>(settings);
    deaf.put("mp.messaging.incoming.publications-in.topic", "where_nobody_speaks");
    try (PackagedServer speaking = PackagedServer.start(DIRECTORY, settings);
        PackagedServer listening = PackagedServer.start(DIRECTORY, deaf)) {
      TestClient publisher = client(speaking);
      TestClient subscriber = client(listening);
      AtomicLongArray answeredNanos = new AtomicLongArray(MESSAGES + 1);
      List<CompletableFuture<List<Long>>> readers = new ArrayList<>();
      for (Reader.Transport transport : Reader.Transport.values()) {
        Reader reader = transport.open(subscriber, CHANNEL, "now");
        readers.add(CompletableFuture.supplyAsync(() -> read(reader)));
      }
      for (int i = 1; i <= MESSAGES; i++) {
        publisher.publish(CHANNEL, Integer.toString(i));
        answeredNanos.set(i, System.nanoTime());
        Thread.sleep(PAUSE_MILLIS);
      }
      for (CompletableFuture<List<Long>> reader : readers) {
        List<Long> arrivals = reader.get();
        for (int i = 1; i <= MESSAGES; i++) {
          Duration late = Duration.ofNanos(arrivals.get(i - 1) - answeredNanos.get(i));
          assertTrue(late.compareTo(LATE_MAX) <= 0, i + " came " + late + " late");
        }
      }
      String meters = meters(listening);
      assertTrue(meters.contains("tideline_backplane_received_total 0.0"), meters);
    }
  }

  /** When each message came; they must come in order, each once. */
  private static List<Long> read(Reader reader) {
    List<Long> arrivals = new ArrayList<>();
    try (reader) {
      for (int i = 1; i <= MESSAGES; i++) {
        assertEquals(new Received.Message(i, Integer.toString(i)), reader.next());
        arrivals.add(System.nanoTime());
      }
    }
    return arrivals;
  }

  private static TestClient client(PackagedServer server) {
    return TestClient.of(server.url().getPort(), TestTokens.all());
  }

  private static String meters(PackagedServer server) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(server.url().resolve("/q/metrics")).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
