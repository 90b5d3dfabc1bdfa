package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * P8: what a token gave ends within a second of its expiry, on every transport. That is read from
 * the times at which the server has stored what was delivered, so a slow client makes no
 * difference.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class ExpiryTest {
  private static final Duration PROMISED = Duration.ofSeconds(1);

  /** How much longer is published. */
  private static final Duration MORE = Duration.ofSeconds(1);

  private static final int PAUSE_MILLIS = 20;
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  @TestHTTPResource("/")
  URI base;

  private final String channel = "room:" + UUID.randomUUID();
  private final String another = "room:" + UUID.randomUUID();
  private final List<TestSocket> joined = new ArrayList<>();
  private Instant expiry;
  private TestClient publisher;
  private TestClient holder;
  private CompletableFuture<Void> feed = CompletableFuture.completedFuture(null);
  private volatile boolean isFed;

  @BeforeEach
  void connect() {
    // A token's times are whole seconds.
    expiry = Instant.now().plusSeconds(3).truncatedTo(ChronoUnit.SECONDS);
    publisher = TestClient.of(base.getPort(), TestTokens.allAs(channel));
    holder = publisher.with(shortLived(expiry));
  }

  @AfterEach
  void stop() {
    joined.forEach(TestSocket::close);
    isFed = true;
    feed.join();
  }

  private String shortLived(Instant until) {
    List<String> both = List.of(channel, another);
    return TestTokens.expiringAt(
        "holder", Map.of("subscribe", both, "publish", both, "presence", both), until);
  }

  @Test
  void aWebSocketIsToldAheadAndClosedWithTheCodeForIt() {
    try (TestSocket socket = subscribedAndTold()) {
      feed(channel);
      assertEndsInTime(() -> socket.nextOrEnd());
      assertEquals(4200, socket.closeCode());
    }
  }

  @Test
  void aWebSocketWithANewTokenGoesOn() {
    try (TestSocket socket = subscribedAndTold()) {
      String renewed = shortLived(Instant.now().plusSeconds(600));
      socket.send(
          new JsonObject().put("id", 2).put("auth", new JsonObject().put("token", renewed)));
      assertEquals(2, socket.next().getInteger("reply"));
      sleepUntil(expiry.plus(PROMISED));
      publisher.publish(channel, "2");
      assertEquals(2, socket.next().getInteger("data"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"channels/ONE/messages?envelope=true", "stream?channel=ONE&channel=ANOTHER"})
  void anEventStreamIsToldAheadAndEnds(String path) {
    String streamed = path.replace("ONE", channel).replace("ANOTHER", another);
    try (TestEventStream stream = holder.stream(streamed, Map.of())) {
      assertEquals(200, stream.status());
      assertEquals("tideline.expiring", stream.nextEvent().event());
      feed(channel, another);
      TestEventStream.Block[] last = new TestEventStream.Block[1];
      assertEndsInTime(
          () -> {
            Optional<TestEventStream.Block> block = stream.nextOrEnd();
            last[0] = block.orElse(last[0]);
            return block.map(
                each -> each.data() == null ? new JsonObject() : new JsonObject(each.data()));
          });
      assertTrue(last[0].data() == null && last[0].retry() != null, "only when to come back");
    }
  }

  @Test
  void aHeldPageIsRefusedAndGetsNothingMore() {
    CompletableFuture<Instant> ended = new CompletableFuture<>();
    CompletableFuture<HttpResponse<String>> held =
        CompletableFuture.supplyAsync(
            () -> {
              HttpResponse<String> answer =
                  holder.get(TestClient.messages(channel) + "?after=now&wait=30s", Map.of());
              ended.complete(Instant.now());
              return answer;
            });
    sleepUntil(expiry.plus(PROMISED));
    publisher.publish(channel, "1");
    HttpResponse<String> answer = held.join();
    assertEquals(401, answer.statusCode(), answer.body());
    assertTrue(answer.body().contains("token-expired"), answer.body());
    assertFalse(ended.join().isBefore(expiry), "held as long as it may");
  }

  @Test
  void whoWatchesPresenceIsToldNothingMore() {
    String watch = "{\"id\":1,\"presence\":{\"channel\":\"" + channel + "\",\"watch\":true}}";
    try (TestSocket socket = holder.socket();
        TestEventStream stream =
            holder.stream("stream?presence=true&channel=" + channel, Map.of())) {
      socket.send(watch);
      join("early");
      assertTrue(nextAbout("early", () -> socket.nextOrEnd().map(JsonObject::encode)));
      assertTrue(nextAbout("early", () -> stream.nextOrEnd().map(ExpiryTest::text)));
      sleepUntil(expiry.plus(PROMISED));
      join("late");
      Awaitility.await().until(() -> members().contains("late"));
      assertFalse(nextAbout("late", () -> socket.nextOrEnd().map(JsonObject::encode)));
      assertFalse(nextAbout("late", () -> stream.nextOrEnd().map(ExpiryTest::text)));
      assertEquals(4200, socket.closeCode());
    }
  }

  @Test
  void noCommandPublishesAnyMore() throws InterruptedException {
    String command = "{\"id\":1,\"publish\":{\"channel\":\"" + channel + "\",\"data\":1}}";
    try (TestSocket socket = holder.socket()) {
      while (Instant.now().isBefore(expiry.plus(PROMISED).plus(MORE))) {
        socket.send(command);
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (CompletionException closed) {
      // by the server; what it has stored until then is looked at
    }
    assertPublishedInTime();
  }

  @Test
  void noRequestPublishesAnyMore() throws InterruptedException {
    HttpResponse<String> answer;
    do {
      Thread.sleep(PAUSE_MILLIS);
      answer = holder.post(TestClient.messages(channel), "1", JSON);
    } while (answer.statusCode() == 201
        && Instant.now().isBefore(expiry.plus(PROMISED).plus(MORE)));
    assertEquals("token-expired", RestCase.json(answer).getString("code"));
    assertPublishedInTime();
  }

  /** Both come, the notice at any time. */
  private TestSocket subscribedAndTold() {
    TestSocket socket = holder.socket();
    socket.send(
        new JsonObject().put("id", 1).put("subscribe", new JsonObject().put("channel", channel)));
    JsonObject first = socket.next();
    JsonObject second = socket.next();
    assertTrue(first.containsKey("ok") || second.containsKey("ok"), first + ", " + second);
    assertTrue(
        first.containsKey("expiring") || second.containsKey("expiring"), first + ", " + second);
    return socket;
  }

  private void join(String subject) {
    TestSocket socket = publisher.with(TestTokens.allAs(subject)).socket();
    joined.add(socket);
    socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
    assertTrue(socket.next().containsKey("ok"));
  }

  private String members() {
    return publisher.get("channels/" + channel + "/presence", Map.of()).body();
  }

  private static String text(TestEventStream.Block block) {
    return String.valueOf(block.data());
  }

  /** Whether something comes that names the subject; false at the end. */
  private static boolean nextAbout(String subject, Supplier<Optional<String>> frames) {
    Optional<String> next = frames.get();
    while (next.isPresent() && !next.get().contains('"' + subject + '"')) {
      next = frames.get();
    }
    return next.isPresent();
  }

  /** Publishes to all of them over and over, for longer than anything may be delivered. */
  private void feed(String... channels) {
    Instant end = expiry.plus(PROMISED).plus(MORE);
    feed =
        CompletableFuture.runAsync(
            () -> {
              while (!isFed && Instant.now().isBefore(end)) {
                for (String each : channels) {
                  publisher.publish(each, "1");
                }
                sleepUntil(Instant.now().plusMillis(PAUSE_MILLIS));
              }
            });
  }

  /**
   * Takes everything up to the end.
   *
   * @param frames publications, and others; empty at the end
   */
  private void assertEndsInTime(Supplier<Optional<JsonObject>> frames) {
    Instant last = Instant.MIN;
    Optional<JsonObject> next = frames.get();
    while (next.isPresent()) {
      if (next.get().containsKey("offset")) {
        last = next.get().getInstant("time");
        assertInTime(last);
      }
      next = frames.get();
    }
    assertFalse(Instant.now().isBefore(expiry), "not before");
    assertTrue(last.isAfter(expiry.minus(PROMISED)), "delivered until then, and not " + last);
  }

  private void assertPublishedInTime() {
    JsonArray stored = publisher.page(channel, "last=1").getJsonArray("messages");
    Instant last = stored.getJsonObject(0).getInstant("time");
    assertInTime(last);
    assertTrue(last.isAfter(expiry.minus(PROMISED)), "published until then, and not " + last);
  }

  private void assertInTime(Instant stored) {
    assertFalse(
        stored.isAfter(expiry.plus(PROMISED)),
        () -> Duration.between(expiry, stored) + " after expiry");
  }

  private static void sleepUntil(Instant then) {
    try {
      Thread.sleep(Math.max(0, Duration.between(Instant.now(), then).toMillis() + 1));
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }
}
