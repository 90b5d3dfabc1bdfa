package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is in a channel, over every transport. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(CommonProfile.class)
class PresenceDoorsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TestHTTPResource("/")
  URI base;

  private final String channel = "room:" + UUID.randomUUID();
  private final List<AutoCloseable> open = new ArrayList<>();
  private TestClient admin;

  @BeforeEach
  void connect() {
    admin = TestClient.of(base.getPort(), TestTokens.all());
  }

  @AfterEach
  void disconnect() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  @Test
  void everyTransportMakesPresent() {
    subscribe(as("socket"));
    stream(as("stream"), TestClient.messages(channel));
    CompletableFuture<JsonObject> poll =
        CompletableFuture.supplyAsync(() -> as("poll").page(channel, "wait=10s"));
    eventually(List.of("poll", "socket", "stream"));
    admin.publish(channel, "1");
    poll.join();
    eventually(List.of("socket", "stream"));
  }

  /** Who reads what is stored is no more there than who reads yesterday's paper. */
  @Test
  void whoOnlyReadsPagesIsNotPresent() throws Exception {
    as("reader").page(channel, "after=earliest");
    subscribe(as("alice"));
    eventually(List.of("alice"));
  }

  @Test
  void manyConnectionsAreOneMember() throws Exception {
    TestSocket first = subscribe(as("alice"));
    TestSocket second = subscribe(as("alice"));
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> presence("").getInteger("connections").equals(2));
    JsonObject member = presence("").getJsonArray("members").getJsonObject(0);
    assertEquals("alice", member.getString("subject"));
    assertEquals(2, member.getInteger("connections"));
    assertTrue(member.getString("since").endsWith("Z"));
    assertEquals(1, presence("").getInteger("count"));
    first.close();
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> presence("").getInteger("connections").equals(1));
    eventually(List.of("alice"));
    second.close();
    eventually(List.of());
  }

  @Test
  void whoHasNoNameIsCounted() {
    String publicRoom = channel.replace("room:", "lobby:");
    TestClient anonymous = admin.with(null);
    TestSocket socket = keep(anonymous.socket());
    subscribe(socket, publicRoom);
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> read(publicRoom, "?count").getInteger("anonymous").equals(1));
    assertEquals(0, read(publicRoom, "").getInteger("count"));
    socket.send("{\"id\":9,\"auth\":{\"token\":\"" + TestTokens.allAs("alice") + "\"}}");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> read(publicRoom, "?count").getInteger("count").equals(1));
    assertEquals(0, read(publicRoom, "?count").getInteger("anonymous"));
  }

  @Test
  void pagesOfMembers() {
    for (String name : List.of("carol", "alice", "bob")) {
      subscribe(as(name));
    }
    eventually(List.of("alice", "bob", "carol"));
    JsonObject page = presence("?limit=2");
    assertEquals("bob", page.getString("next"));
    assertEquals(2, page.getJsonArray("members").size());
    assertEquals(3, page.getInteger("count"));
    page = presence("?limit=2&after=bob");
    assertNull(page.getString("next"));
    assertEquals("carol", page.getJsonArray("members").getJsonObject(0).getString("subject"));
    assertFalse(presence("?count").containsKey("members"));
  }

  @Test
  void whatIsRefused() {
    refuses(403, "forbidden", admin.with(TestTokens.subscribing("nosy", "*")), channel);
    refuses(401, "unauthenticated", admin.with(null), channel);
    refuses(404, "no-presence", admin, "elsewhere:1");
    refuses(400, "invalid-parameter", admin, channel, "?limit=0");
    refuses(400, "invalid-parameter", admin, channel, "?limit=257");
    refuses(400, "invalid-parameter", admin, channel, "?after=" + "a".repeat(256));
    refuses(400, "invalid-channel", admin, "-");
  }

  @Test
  void aWatcherGetsTheStateAndThenWhatChanges() {
    subscribe(as("alice"));
    eventually(List.of("alice"));
    TestSocket watcher = watch(admin);
    JsonObject state = watcher.next().getJsonObject("presence");
    assertEquals(new JsonArray().add("alice"), state.getJsonArray("members"));
    assertEquals(1, state.getInteger("count"));
    assertFalse(state.containsKey("after"));
    TestSocket bob = subscribe(as("bob"));
    JsonObject join = watcher.next().getJsonObject("presence");
    assertEquals(state.getLong("version"), join.getLong("after"));
    assertEquals(new JsonArray().add("bob"), join.getJsonArray("join"));
    assertFalse(join.containsKey("leave"));
    assertEquals(2, join.getInteger("count"));
    bob.close();
    JsonObject leave = watcher.next().getJsonObject("presence");
    assertEquals(join.getLong("version"), leave.getLong("after"));
    assertEquals(new JsonArray().add("bob"), leave.getJsonArray("leave"));
    assertEquals(leave.getLong("version"), presence("?count").getLong("version"));
  }

  @Test
  void occupiedAndVacated() {
    TestSocket watcher = watch(admin);
    assertEquals(0, watcher.next().getJsonObject("presence").getInteger("count"));
    TestSocket alice = subscribe(as("alice"));
    assertTrue(watcher.next().getJsonObject("presence").getBoolean("occupied"));
    alice.close();
    assertTrue(watcher.next().getJsonObject("presence").getBoolean("vacated"));
  }

  /** Goal: a reload of the page, or a change of the transport, is no leave and no join. */
  @Test
  void whoComesBackWithinTheGraceDoesNotFlap() throws Exception {
    TestSocket alice = subscribe(as("alice"));
    eventually(List.of("alice"));
    TestSocket watcher = watch(admin);
    watcher.next();
    for (int i = 0; i < 3; i++) {
      alice.close();
      Thread.sleep(200);
      TestEventStream stream = stream(as("alice"), TestClient.messages(channel));
      Thread.sleep(200);
      alice = subscribe(as("alice"));
      Thread.sleep(200);
      stream.close();
    }
    assertTrue(watcher.isSilent(2_500), "nothing moved");
  }

  @Test
  void manyJoinsAreFewEvents() {
    TestSocket watcher = watch(admin);
    watcher.next();
    for (int i = 0; i < 40; i++) {
      subscribe(as("user" + i));
    }
    int events = 0;
    int count = 0;
    int named = 0;
    while (count < 40) {
      JsonObject event = watcher.next().getJsonObject("presence");
      count = event.getInteger("count");
      named =
          event.containsKey("join")
              ? named + event.getJsonArray("join").size()
              : event.getJsonArray("members").size();
      assertEquals(count, named);
      events++;
    }
    assertTrue(events <= 30, events + " events");
  }

  @Test
  void ofALargeChannelTheNumberIsTold() {
    TestSocket watcher = watch(admin);
    watcher.next();
    for (int i = 0; i < 60; i++) {
      subscribe(as("user" + i));
    }
    JsonObject event;
    do {
      event = watcher.next().getJsonObject("presence");
    } while (event.getInteger("count") < 60);
    assertFalse(event.containsKey("members"));
    assertFalse(event.containsKey("join"));
    assertFalse(event.containsKey("after"));
    TestSocket reader = keep(admin.socket());
    reader.send("{\"id\":1,\"presence\":{\"channel\":\"" + channel + "\"}}");
    assertEquals(60, reader.next().getJsonObject("ok").getInteger("count"));
    assertEquals(60, presence("").getJsonArray("members").size());
  }

  @Test
  void commands() {
    TestSocket socket = keep(admin.socket());
    String name = "\"channel\":\"" + channel + "\"";
    socket.send("{\"id\":1,\"presence\":{" + name + "}}");
    assertEquals(0, socket.next().getJsonObject("ok").getInteger("count"));
    socket.send("{\"id\":2,\"presence\":{" + name + ",\"watch\":false}}");
    assertEquals("not-subscribed", code(socket.next()));
    socket.send("{\"id\":3,\"presence\":{" + name + ",\"watch\":true}}");
    assertEquals(channel, socket.next().getJsonObject("ok").getString("channel"));
    assertEquals(0, socket.next().getJsonObject("presence").getInteger("count"));
    socket.send("{\"id\":4,\"presence\":{" + name + ",\"watch\":true}}");
    assertEquals("already-subscribed", code(socket.next()));
    socket.send("{\"id\":5,\"presence\":{\"channel\":\"elsewhere:1\"}}");
    assertEquals("no-presence", code(socket.next()));
    socket.send("{\"id\":6,\"presence\":{" + name + ",\"watch\":false}}");
    assertEquals(6, socket.next().getInteger("reply"));
    subscribe(as("alice"));
    eventually(List.of("alice"));
    socket.send("{\"id\":7,\"ping\":{}}");
    assertEquals(7, socket.next().getInteger("reply"), "nothing is told after the end");
  }

  @Test
  void theRightToPresenceIsARightOfItsOwn() {
    TestSocket socket =
        keep(admin.with(TestTokens.withGrants("a", Map.of("subscribe", List.of("*")))).socket());
    String watch = "\"presence\":{\"channel\":\"" + channel + "\",\"watch\":true}}";
    socket.send("{\"id\":1," + watch);
    assertEquals("forbidden", code(socket.next()));
    String granted = TestTokens.withGrants("a", Map.of("presence", List.of(channel)));
    socket.send("{\"id\":2,\"auth\":{\"token\":\"" + granted + "\"}}");
    socket.next();
    socket.send("{\"id\":3," + watch);
    assertEquals(3, socket.next().getInteger("reply"));
    assertTrue(socket.next().containsKey("presence"));
    String lost = TestTokens.withGrants("a", Map.of("subscribe", List.of(channel)));
    socket.send("{\"id\":4,\"auth\":{\"token\":\"" + lost + "\"}}");
    JsonObject over = socket.next();
    if (over.containsKey("reply")) {
      over = socket.next();
    }
    assertForbidden(channel, over.getJsonObject("presence"));
  }

  @Test
  void whoseSubscriptionEndsIsAMemberNoMore() {
    TestSocket alice = subscribe(as("alice"));
    eventually(List.of("alice"));
    alice.send("{\"id\":2,\"unsubscribe\":{\"channel\":\"" + channel + "\"}}");
    eventually(List.of());
    subscribe(as("bob"));
    eventually(List.of("bob"));
    assertEquals(
        204,
        admin
            .post(
                "revocations", "{\"subject\":\"bob\"}", Map.of("Content-Type", "application/json"))
            .statusCode());
    eventually(List.of());
  }

  @Test
  void anEventStreamTellsIfItIsAsked() {
    TestEventStream stream = stream(as("alice"), TestClient.messages(channel) + "?presence=true");
    JsonObject state = new JsonObject(stream.nextEvent().data());
    if (state.getInteger("count") == 0) {
      state = new JsonObject(stream.nextEvent().data());
    }
    assertEquals(1, state.getInteger("count"));
    subscribe(as("bob"));
    TestEventStream.Block join = stream.nextEvent();
    assertEquals("tideline.presence", join.event());
    assertNull(join.id(), "the place in the log is another matter");
    assertEquals(new JsonArray().add("bob"), new JsonObject(join.data()).getJsonArray("join"));
  }

  @Test
  void whatAnEventStreamMayNotTellIsNamed() {
    TestClient nosy = admin.with(TestTokens.subscribing("nosy", "*"));
    TestEventStream stream =
        stream(nosy, "stream?presence=true&channel=" + channel + "&channel=elsewhere:1");
    for (String name : List.of(channel, "elsewhere:1")) {
      assertForbidden(name, new JsonObject(stream.nextEvent().data()));
    }
  }

  private static void assertForbidden(String name, JsonObject told) {
    assertEquals(name, told.getString("channel"));
    assertEquals("forbidden", told.getString("code"));
    assertTrue(told.getString("message").contains("'presence' on '" + name + "'"), told::encode);
  }

  private static String code(JsonObject reply) {
    return reply.getJsonObject("error").getString("code");
  }

  private TestClient as(String subject) {
    return admin.with(TestTokens.allAs(subject));
  }

  private TestSocket subscribe(TestClient client) {
    return subscribe(keep(client.socket()), channel);
  }

  private static TestSocket subscribe(TestSocket socket, String name) {
    socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + name + "\"}}");
    assertTrue(socket.next().containsKey("ok"));
    return socket;
  }

  private TestSocket watch(TestClient client) {
    TestSocket socket = keep(client.socket());
    socket.send("{\"id\":1,\"presence\":{\"channel\":\"" + channel + "\",\"watch\":true}}");
    assertEquals(channel, socket.next().getJsonObject("ok").getString("channel"));
    return socket;
  }

  private TestEventStream stream(TestClient client, String path) {
    TestEventStream stream = keep(client.stream(path, Map.of()));
    assertEquals(200, stream.status());
    return stream;
  }

  private <T extends AutoCloseable> T keep(T opened) {
    open.add(opened);
    return opened;
  }

  private void eventually(List<String> members) {
    Awaitility.await().atMost(PATIENCE).until(() -> subjects().equals(members));
  }

  private List<String> subjects() {
    return presence("").getJsonArray("members").stream()
        .map(member -> ((JsonObject) member).getString("subject"))
        .toList();
  }

  private JsonObject presence(String query) {
    return read(channel, query);
  }

  private JsonObject read(String name, String query) {
    HttpResponse<String> answer = admin.get("channels/" + name + "/presence" + query, Map.of());
    assertEquals(200, answer.statusCode(), answer.body());
    return RestCase.json(answer);
  }

  private static void refuses(int status, String code, TestClient client, String name) {
    refuses(status, code, client, name, "");
  }

  private static void refuses(
      int status, String code, TestClient client, String name, String query) {
    HttpResponse<String> answer = client.get("channels/" + name + "/presence" + query, Map.of());
    assertEquals(status, answer.statusCode(), answer.body());
    assertEquals(code, RestCase.json(answer).getString("code"));
  }
}
