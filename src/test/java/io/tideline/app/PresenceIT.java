package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Goal: two nodes agree on who is there, whatever befalls one of them or their database. Nobody
 * flaps, and nobody stays who is gone.
 */
class PresenceIT {
  private static final Path DIRECTORY = Path.of("target/presence");
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final Duration TERM = Duration.ofSeconds(3);
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** What rounds, renewals and a busy machine add. */
  private static final Duration SLACK = Duration.ofSeconds(5);

  private static PackagedServer first;
  private static PackagedServer second;

  private final String channel = "room:" + UUID.randomUUID();
  private final List<TestSocket> open = new ArrayList<>();

  @BeforeAll
  static void start() throws IOException {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    settings.put("tideline.namespaces.room.presence", "true");
    settings.put("tideline.lease.term", TERM.toSeconds() + "s");
    settings.put("tideline.presence.grace", GRACE.toSeconds() + "s");
    settings.put("tideline.presence.interval", "200ms");
    settings.put("tideline.drain.window", "1s");
    first = PackagedServer.start(DIRECTORY, settings);
    second = PackagedServer.start(DIRECTORY, settings);
  }

  @AfterAll
  static void stop() {
    first.close();
    second.close();
  }

  @AfterEach
  void disconnect() {
    open.forEach(TestSocket::close);
  }

  @Test
  void whoComesBackToTheOtherNodeByAnotherTransportWasNeverAway() throws Exception {
    TestSocket alice = subscribe(first, "alice");
    TestSocket watcher = watch(second, "alice");
    for (int i = 0; i < 2; i++) {
      alice.close();
      Thread.sleep(500);
      try (TestEventStream stream =
          client(second, "alice").stream(TestClient.messages(channel), Map.of())) {
        assertEquals(200, stream.status());
        Thread.sleep(500);
      }
      Thread.sleep(500);
      alice = subscribe(first, "alice");
      Thread.sleep(500);
    }
    assertTrue(watcher.isSilent(GRACE.plusSeconds(2).toMillis()));
    alice.close();
    assertEquals(List.of("alice"), names(next(watcher), "leave"));
  }

  @Test
  void aKilledNodesMembersLeaveOnceWhenItsLeaseEnds() throws Exception {
    subscribe(first, "alice");
    subscribe(first, "bob");
    subscribe(second, "bob");
    TestSocket watcher = watch(second, "alice", "bob");
    first.kill();
    try {
      long killed = System.nanoTime();
      JsonObject leave = next(watcher);
      Duration taken = Duration.ofNanos(System.nanoTime() - killed);
      assertEquals(List.of("alice"), names(leave, "leave"));
      assertFalse(leave.containsKey("join"));
      assertEquals(1, leave.getInteger("count"));
      assertTrue(taken.compareTo(TERM.plus(SLACK)) < 0, "took " + taken);
      assertTrue(watcher.isSilent(TERM.toMillis()), "bob is on the other node");
      assertEquals(List.of("bob"), members(second));
    } finally {
      first.start();
    }
  }

  @Test
  void aStoppedNodesClientsHaveTheGraceToGoElsewhere() throws Exception {
    subscribe(first, "alice");
    TestSocket watcher = watch(second, "alice");
    first.close();
    try {
      TestSocket again = subscribe(second, "alice");
      assertTrue(watcher.isSilent(GRACE.plus(TERM).toMillis()));
      again.close();
      assertEquals(List.of("alice"), names(next(watcher), "leave"));
    } finally {
      first.start();
    }
  }

  /**
   * Goal: a node that was away finds out: who is on it is there again, and it serves nothing old.
   */
  @Test
  void aPausedNodesMembersLeaveAndAreBackWhenItGoesOn() throws Exception {
    TestSocket alice = subscribe(first, "alice");
    TestSocket watcher = watch(second, "alice");
    first.pause();
    try {
      assertEquals(List.of("alice"), names(next(watcher), "leave"));
      client(second, "publisher").publish(channel, "\"meanwhile\"");
    } finally {
      first.resume();
    }
    assertEquals(List.of("alice"), names(next(watcher), "join"));
    assertEquals("meanwhile", alice.next().getString("data"));
    eventually(first, List.of("alice"));
    assertTrue(watcher.isSilent(TERM.toMillis()));
  }

  @Test
  void aCrashOfTheDatabaseIsNoLeave() throws Exception {
    TestSocket alice = subscribe(first, "alice");
    TestSocket bob = subscribe(second, "bob");
    TestSocket watcher = watch(second, "alice", "bob");
    PostgresResource.control().crash();
    eventually(first, List.of("alice", "bob"));
    bob.close();
    assertEquals(List.of("bob"), names(next(watcher), "leave"));
    alice.send("{\"id\":9,\"ping\":{}}");
    assertEquals(9, alice.next().getInteger("reply"), "the connection stayed");
  }

  @Test
  void aDatabaseThatIsAwayForLongerThanTheLeasesIsNoLeave() throws Exception {
    subscribe(first, "alice");
    TestSocket bob = subscribe(second, "bob");
    TestSocket watcher = watch(second, "alice", "bob");
    TestSocket reader = keep(client(first, "carol").socket());
    PostgresResource.control().takeAway();
    try {
      Thread.sleep(TERM.plusSeconds(1).toMillis());
      HttpResponse<String> answer = client(first, "a").get(path(), Map.of());
      assertEquals(503, answer.statusCode());
      assertTrue(answer.headers().firstValue("Retry-After").isPresent());
      reader.send("{\"id\":1,\"presence\":{\"channel\":\"" + channel + "\"}}");
      assertEquals("unavailable", reader.next().getJsonObject("error").getString("code"));
      bob.close();
    } finally {
      PostgresResource.control().giveBack();
    }
    assertEquals(List.of("bob"), names(next(watcher), "leave"));
    eventually(first, List.of("alice"));
  }

  private static TestClient client(PackagedServer server, String subject) {
    return TestClient.of(server.url().getPort(), TestTokens.allAs(subject));
  }

  private TestSocket subscribe(PackagedServer server, String subject) {
    TestSocket socket = keep(client(server, subject).socket());
    socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
    assertTrue(socket.next().containsKey("ok"));
    return socket;
  }

  /** A watcher that has been told that exactly these are there. */
  private TestSocket watch(PackagedServer server, String... members) {
    eventually(first, List.of(members));
    eventually(second, List.of(members));
    TestSocket socket = keep(client(server, "watcher").socket());
    socket.send("{\"id\":1,\"presence\":{\"channel\":\"" + channel + "\",\"watch\":true}}");
    assertTrue(socket.next().containsKey("ok"));
    assertEquals(List.of(members), names(next(socket), "members"));
    return socket;
  }

  private TestSocket keep(TestSocket socket) {
    open.add(socket);
    return socket;
  }

  private static JsonObject next(TestSocket watcher) {
    return watcher.next().getJsonObject("presence");
  }

  private static List<String> names(JsonObject told, String member) {
    return told.getJsonArray(member, new JsonArray()).stream().map(Object::toString).toList();
  }

  private void eventually(PackagedServer server, List<String> members) {
    Awaitility.await().atMost(PATIENCE).until(() -> members.equals(members(server)));
  }

  /** Somebody that nobody expects where it can't be told. */
  private List<String> members(PackagedServer server) {
    HttpResponse<String> answer = client(server, "reader").get(path(), Map.of());
    return answer.statusCode() != 200
        ? List.of("unavailable")
        : RestCase.json(answer).getJsonArray("members").stream()
            .map(member -> ((JsonObject) member).getString("subject"))
            .toList();
  }

  private String path() {
    return "channels/" + channel + "/presence";
  }
}
