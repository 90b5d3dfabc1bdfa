package io.tideline.door;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.door.tideline.CloseCode;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Hub;
import io.tideline.net.Lanes;
import io.tideline.testing.ApplicationResource;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestApplication.Script;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is live by the word of the application ends with it, on every transport. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@WithTestResource(
    value = ApplicationResource.class,
    initArgs = {
      @ResourceArg(name = "tideline.authorizer.grace", value = "1s"),
      @ResourceArg(name = "tideline.authorizer.timeout", value = "4s")
    })
@TestProfile(AuthorizerTest.Present.class)
class AuthorizerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
  private static final String SECOND = "max-age=1";

  @TestHTTPResource("/")
  URI base;

  @Inject Hub hub;
  @Inject Lanes lanes;

  private final String user = "user-" + UUID.randomUUID();
  private final String channel = "asked:" + UUID.randomUUID();
  private TestClient admin;
  private TestClient client;

  @BeforeEach
  void connect() {
    admin = TestClient.of(base.getPort(), TestTokens.all());
    client = admin.with(TestTokens.withGrants(user, Map.of()));
    admin.publish(channel, "1");
  }

  @Test
  void aNoEndsASubscriptionButNotItsSocket() {
    script(Script.allow(true, SECOND));
    try (TestSocket socket = client.socket()) {
      subscribe(socket);
      watchPresence(socket);
      admin.publish(channel, "2");
      assertEquals(2, socket.next().getInteger("data"));
      int asked = asked();
      await().atMost(PATIENCE).until(() -> asked() > asked);
      script(Script.allow(false, SECOND));
      assertOver(socket, "forbidden");
      admin.publish(channel, "3");
      socket.send("{\"id\":9,\"ping\":{}}");
      assertEquals(9, socket.next().getInteger("reply"));
    }
  }

  @Test
  void aNoEndsAStreamAndAPoll() throws Exception {
    script(Script.allow(true, SECOND));
    try (TestEventStream stream = client.stream(TestClient.messages(channel), Map.of())) {
      stream.next();
      stream.next();
      CompletableFuture<HttpResponse<String>> poll =
          CompletableFuture.supplyAsync(
              () -> client.get(TestClient.messages(channel) + "?wait=30s", Map.of()));
      awaitSubscribers(2);
      script(Script.allow(false, null));
      TestEventStream.Block end = stream.nextEvent();
      assertEquals("tideline.unsubscribed", end.event());
      assertEquals("forbidden", new JsonObject(end.data()).getString("code"));
      while (stream.nextOrEnd().isPresent()) {
        assertEquals(200, stream.status());
      }
      assertEquals(403, poll.get(20, TimeUnit.SECONDS).statusCode());
    }
    HttpResponse<String> again =
        client.get(TestClient.messages(channel), Map.of("Accept", "text/event-stream"));
    assertEquals(403, again.statusCode(), "so an EventSource stays away");
  }

  /** It was taken, so it is answered first. */
  @Test
  void aPublishThatIsBeingAskedAboutIsAnsweredBeforeItsSocketIsSentAway() {
    script(Script.allow(true, null).after(600));
    try (TestSocket socket = client.socket()) {
      socket.send("{\"id\":7,\"publish\":{\"channel\":\"" + channel + "\",\"data\":2}}");
      await().atMost(PATIENCE).until(() -> asked() == 1);
      lanes.all().forEach(lane -> lane.execute(() -> hub.endAll(lane, Disconnect.DRAIN)));
      assertEquals(7, socket.next().getInteger("reply"));
      assertEquals(CloseCode.RESTART.number(), socket.closeCode());
    }
    assertEquals(
        2,
        admin.page(channel, "last=1").getJsonArray("messages").getJsonObject(0).getInteger("data"));
  }

  @Test
  void whatCanNotBeConfirmedEndsAfterTheGrace() {
    script(Script.allow(true, SECOND));
    try (TestSocket socket = client.socket()) {
      subscribe(socket);
      script(Script.answer(500, ""));
      long began = System.nanoTime();
      JsonObject over = socket.next().getJsonObject("unsubscribed");
      assertEquals("unavailable", over.getString("code"));
      Duration taken = Duration.ofNanos(System.nanoTime() - began);
      assertTrue(taken.toMillis() >= 1_000, "within the grace it goes on: " + taken);
      assertTrue(taken.toSeconds() < 10, "took " + taken);
      script(Script.allow(true, SECOND));
      subscribe(socket);
    }
  }

  @Test
  void whatIsConfirmedWithinTheGraceGoesOn() {
    script(Script.allow(true, SECOND));
    try (TestSocket socket = client.socket()) {
      subscribe(socket);
      int asked = asked();
      script(Script.answer(500, ""));
      await().atMost(PATIENCE).until(() -> asked() > asked);
      script(Script.allow(true, SECOND));
      int failed = asked();
      await().atMost(PATIENCE).until(() -> asked() > failed + 2);
      admin.publish(channel, "2");
      assertEquals(2, socket.next().getInteger("data"));
    }
  }

  @Test
  void aStreamOfSeveralNamesWhatItMayNotHave() {
    script(Script.allow(false, SECOND));
    TestClient reader = admin.with(TestTokens.subscribing(user, "mine:1"));
    try (TestEventStream stream =
        reader.stream("stream?channel=mine:1&channel=" + channel, Map.of())) {
      TestEventStream.Block refused = stream.nextEvent();
      assertEquals("tideline.unsubscribed", refused.event());
      assertEquals("forbidden", new JsonObject(refused.data()).getString("code"));
      admin.publish("mine:1", "7");
      assertEquals(7, new JsonObject(stream.nextEvent().data()).getInteger("data"));
    }
  }

  /** An EventSource brings nothing but the last id: it must name what the stream goes without. */
  @Test
  void aStreamThatLostSightOfAChannelComesBackForAllOfIt() throws Exception {
    script(Script.allow(true, SECOND));
    String own = "mine:" + UUID.randomUUID();
    TestClient reader = admin.with(TestTokens.subscribing(user, own));
    String path = "stream?channel=" + own + "&channel=" + channel;
    String id;
    try (TestEventStream stream = reader.stream(path, Map.of())) {
      stream.nextField();
      stream.nextField();
      script(Script.answer(500, ""));
      assertMissing(stream.nextEvent());
      admin.publish(channel, "2");
      admin.publish(own, "1");
      TestEventStream.Block event = stream.nextEvent();
      assertEquals(1, data(event));
      id = event.id();
    }
    try (TestEventStream stream = reader.stream(path, Map.of("Last-Event-ID", id))) {
      id = idBefore(stream);
      script(Script.allow(true, SECOND));
      while (stream.nextOrEnd().isPresent()) {
        assertEquals(200, stream.status());
      }
    }
    try (TestEventStream stream = reader.stream(path, Map.of("Last-Event-ID", id))) {
      TestEventStream.Block event = stream.nextEvent();
      assertEquals(channel, new JsonObject(event.data()).getString("channel"));
      assertEquals(2, data(event));
    }
  }

  /** What a browser keeps of a stream that begins without a channel. */
  private String idBefore(TestEventStream stream) {
    String id = null;
    TestEventStream.Block block = stream.nextField();
    while (block.data() == null) {
      id = block.id() == null ? id : block.id();
      block = stream.nextField();
    }
    assertMissing(block);
    return id;
  }

  private void assertMissing(TestEventStream.Block event) {
    assertEquals("tideline.unsubscribed", event.event());
    JsonObject told = new JsonObject(event.data());
    assertEquals(channel, told.getString("channel"));
    assertEquals("unavailable", told.getString("code"));
  }

  private static int data(TestEventStream.Block event) {
    return new JsonObject(event.data()).getInteger("data");
  }

  /** No id says "from the beginning", so a reader with one would not get it. */
  @Test
  void aStreamThatCanNotBeginWhereItWasAskedToBeginsLater() {
    script(Script.answer(500, ""));
    String own = "mine:" + UUID.randomUUID();
    admin.publish(own, "7");
    TestClient reader = admin.with(TestTokens.subscribing(user, own));
    String path = "stream?channel=" + own + "&channel=" + channel + "&after=earliest";
    try (TestEventStream stream = reader.stream(path, Map.of())) {
      TestEventStream.Block away = stream.next();
      assertTrue(Integer.parseInt(away.retry()) > 0);
      assertNull(away.id());
      assertTrue(stream.isEnd());
    }
    script(Script.allow(true, SECOND));
    try (TestEventStream stream = reader.stream(path, Map.of())) {
      int first = data(stream.nextEvent());
      int second = data(stream.nextEvent());
      assertEquals(8, first + second, "1 and 7, in whatever order");
    }
  }

  /** The slow first question must not let the second message overtake the first. */
  @Test
  void publishesOnASocketKeepTheirOrder() {
    script(Script.allow(true, "max-age=60").after(300));
    try (TestSocket socket = client.socket()) {
      for (int i = 1; i <= 60; i++) {
        socket.send(
            "{\"id\":%d,\"publish\":{\"channel\":\"%s\",\"data\":%d}}".formatted(i, channel, i));
      }
      for (int i = 1; i <= 60; i++) {
        assertTrue(socket.next().containsKey("ok"));
      }
    }
    JsonArray messages = admin.page(channel, "after=earliest").getJsonArray("messages");
    for (int i = 1; i <= 60; i++) {
      assertEquals(i, messages.getJsonObject(i).getInteger("data"));
    }
    assertEquals(1, asked());
  }

  @Test
  void whatASocketPublishesWhileTheApplicationIsAskedIsBoundedInBytes() {
    script(Script.allow(true, "max-age=60").after(2_000));
    String large = "x".repeat(40 << 10);
    try (TestSocket socket = client.socket()) {
      for (int i = 1; i <= 10; i++) {
        publish(socket, i, '"' + large + '"');
      }
      for (int i = 7; i <= 10; i++) {
        JsonObject reply = socket.next();
        assertEquals(i, reply.getInteger("reply"));
        assertEquals("too-many-requests", reply.getJsonObject("error").getString("code"));
      }
      for (int i = 1; i <= 6; i++) {
        assertTrue(socket.next().containsKey("ok"));
      }
      publish(socket, 11, '"' + large + '"');
      assertTrue(socket.next().containsKey("ok"), "there is room again");
    }
  }

  /** Nothing needs to be asked any more, but what was sent first is still waiting. */
  @Test
  void whatANewTokenAllowsDoesNotOvertakeWhatIsBeingAskedAbout() {
    script(Script.allow(true, null).after(600));
    try (TestSocket socket = client.socket()) {
      publish(socket, 1, "11");
      authenticate(socket, TestTokens.publishing(user, channel));
      publish(socket, 2, "12");
      assertEquals(1, socket.next().getInteger("reply"));
      assertEquals(2, socket.next().getInteger("reply"));
    }
    JsonArray messages = admin.page(channel, "last=2").getJsonArray("messages");
    assertEquals(11, messages.getJsonObject(0).getInteger("data"));
    assertEquals(12, messages.getJsonObject(1).getInteger("data"));
  }

  @Test
  void aWatchIsNotBegunByTheRightOfWhoWasThereBefore() {
    script(Script.allow(true, null).after(600));
    String other = "other-" + user;
    ApplicationResource.script(other, Script.allow(false, null));
    try (TestSocket socket = client.socket()) {
      socket.send("{\"id\":2,\"presence\":{\"channel\":\"" + channel + "\",\"watch\":true}}");
      authenticate(socket, TestTokens.withGrants(other, Map.of()));
      JsonObject reply = socket.next();
      assertEquals(2, reply.getInteger("reply"));
      assertEquals("unavailable", reply.getJsonObject("error").getString("code"));
    }
  }

  @Test
  void anAnswerAboutATokenThatWasReplacedIsLate() throws Exception {
    script(Script.allow(true, "max-age=60"));
    String other = "other-" + user;
    ApplicationResource.script(other, Script.allow(false, null).after(500));
    try (TestSocket socket = client.socket()) {
      watchPresence(socket);
      authenticate(socket, TestTokens.withGrants(other, Map.of()));
      authenticate(
          socket, TestTokens.withGrants("third-" + user, Map.of("presence", List.of(channel))));
      await().atMost(PATIENCE).until(() -> ApplicationResource.asked(other) == 1);
      assertTrue(socket.isSilent(1_500));
    }
  }

  private void publish(TestSocket socket, int id, String data) {
    socket.send(
        "{\"id\":%d,\"publish\":{\"channel\":\"%s\",\"data\":%s}}".formatted(id, channel, data));
  }

  private static void authenticate(TestSocket socket, String token) {
    socket.send("{\"id\":5,\"auth\":{\"token\":\"" + token + "\"}}");
    assertEquals(5, socket.next().getInteger("reply"));
  }

  @Test
  void aNewTokenIsAskedAboutAnew() {
    script(Script.allow(true, "max-age=60"));
    String other = "other-" + user;
    ApplicationResource.script(other, Script.allow(false, null));
    try (TestSocket socket = client.socket()) {
      subscribe(socket);
      String token = TestTokens.withGrants(other, Map.of());
      socket.send("{\"id\":5,\"auth\":{\"token\":\"" + token + "\"}}");
      assertEquals(5, socket.next().getInteger("reply"));
      JsonObject over = socket.next().getJsonObject("unsubscribed");
      assertEquals("forbidden", over.getString("code"));
    }
  }

  /**
   * The former one may have ended, or be revoked, while the application is asked about the next.
   */
  @Test
  void whileANewTokenIsAskedAboutTheFormerOneEndsNothing() throws Exception {
    script(Script.allow(true, SECOND));
    String other = "other-" + user;
    ApplicationResource.script(other, Script.allow(true, "max-age=60").after(2_500));
    try (TestSocket socket = client.socket()) {
      subscribe(socket);
      script(Script.allow(false, null));
      authenticate(socket, TestTokens.withGrants(other, Map.of()));
      assertTrue(socket.isSilent(4_000));
    }
  }

  @Test
  void aTokenThatAllowsItMakesTheApplicationsWordNeedless() throws Exception {
    script(Script.allow(true, SECOND));
    try (TestSocket socket = client.socket()) {
      subscribe(socket);
      String token = TestTokens.subscribing(user, channel);
      socket.send("{\"id\":5,\"auth\":{\"token\":\"" + token + "\"}}");
      assertEquals(5, socket.next().getInteger("reply"));
      script(Script.allow(false, SECOND));
      assertTrue(socket.isSilent(2_500));
    }
  }

  @Test
  void aRevocationClearsWhatWasAnswered() {
    script(Script.allow(true, "max-age=60"));
    assertEquals(200, client.get(TestClient.messages(channel), Map.of()).statusCode());
    script(Script.allow(false, "max-age=60"));
    assertEquals(200, client.get(TestClient.messages(channel), Map.of()).statusCode());
    String before =
        new JsonObject().put("subject", user).put("before", "2026-01-01T00:00:00Z").encode();
    assertEquals(204, admin.post("revocations", before, JSON).statusCode());
    assertEquals(403, client.get(TestClient.messages(channel), Map.of()).statusCode());
    assertEquals(2, asked());
  }

  @Test
  void aRevokedTokenIsNotAskedAbout() {
    script(Script.allow(true, "max-age=60"));
    assertEquals(200, client.get(TestClient.messages(channel), Map.of()).statusCode());
    revoke();
    assertEquals(401, client.get(TestClient.messages(channel), Map.of()).statusCode());
    assertEquals(1, asked());
  }

  /** What the token allows by itself must not outlive it while other channels are asked about. */
  @ParameterizedTest
  @ValueSource(strings = {"stream?channel=ASKED&channel=OWN", "stream?channel=OWN&presence=true"})
  void aStreamThatARevocationOvertookIsNotOpened(String path) throws Exception {
    script(Script.allow(true, null).after(600));
    String own = "asked:" + UUID.randomUUID();
    TestClient reader = admin.with(TestTokens.subscribing(user, own));
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(
            () -> statusOf(reader, path.replace("ASKED", channel).replace("OWN", own)));
    await().atMost(PATIENCE).until(() -> asked() == 1);
    revoke();
    assertEquals(401, status.get(20, TimeUnit.SECONDS));
  }

  private static int statusOf(TestClient reader, String path) {
    try (TestEventStream stream = reader.stream(path, Map.of())) {
      return stream.status();
    }
  }

  @Test
  void nothingOfABatchThatARevocationOvertookIsPublished() throws Exception {
    script(Script.allow(true, null).after(600));
    String own = "mine:" + UUID.randomUUID();
    TestClient publisher = admin.with(TestTokens.publishing(user, own));
    String items =
        "[{\"channel\":\"%s\",\"data\":1},{\"channel\":\"%s\",\"data\":2}]".formatted(own, channel);
    CompletableFuture<HttpResponse<String>> batch =
        CompletableFuture.supplyAsync(() -> publisher.post("messages", items, JSON));
    await().atMost(PATIENCE).until(() -> asked() == 1);
    revoke();
    JsonArray results = RestCase.json(batch.get(20, TimeUnit.SECONDS)).getJsonArray("results");
    for (int i = 0; i < 2; i++) {
      JsonObject result = results.getJsonObject(i);
      assertEquals("token-revoked", result.getJsonObject("error").getString("code"));
    }
    assertEquals(0, admin.page(own, "after=earliest").getJsonArray("messages").size());
  }

  @Test
  void theListAsksNobodyAndStrangersAreNotAskedAbout() {
    script(Script.allow(true, "max-age=60"));
    JsonObject listed = RestCase.json(client.get("channels?prefix=" + channel, Map.of()));
    assertEquals(0, listed.getJsonArray("channels").size());
    assertEquals(0, asked());
    HttpResponse<String> stranger = admin.with(null).get(TestClient.messages(channel), Map.of());
    assertEquals(401, stranger.statusCode());
    assertEquals(0, ApplicationResource.asked("null"));
  }

  @Test
  void aMessageIsSentByWhoeverWasAskedAbout() {
    script(Script.allow(true, null));
    JsonObject published = client.publish(channel, "2");
    assertEquals(2, published.getInteger("offset"));
    JsonArray messages = admin.page(channel, "last=1").getJsonArray("messages");
    assertEquals(user, messages.getJsonObject(0).getString("sender"));
    assertNull(messages.getJsonObject(0).getString("type"));
  }

  private void script(Script script) {
    ApplicationResource.script(user, script);
  }

  private void revoke() {
    String now = new JsonObject().put("subject", user).encode();
    assertEquals(204, admin.post("revocations", now, JSON).statusCode());
  }

  private int asked() {
    return ApplicationResource.asked(user);
  }

  private void subscribe(TestSocket socket) {
    socket.send("{\"id\":1,\"subscribe\":{\"channel\":\"" + channel + "\"}}");
    JsonObject reply = socket.next();
    assertTrue(reply.containsKey("ok"), reply::encode);
  }

  private void watchPresence(TestSocket socket) {
    socket.send("{\"id\":2,\"presence\":{\"channel\":\"" + channel + "\",\"watch\":true}}");
    JsonObject reply = socket.next();
    assertTrue(reply.containsKey("ok"), reply::encode);
    while (!socket.next().containsKey("presence")) {
      assertTrue(reply.containsKey("ok"));
    }
  }

  /** The subscription and the watch, in whatever order. */
  private static void assertOver(TestSocket socket, String code) {
    boolean isSubscribed = true;
    boolean isWatching = true;
    while (isSubscribed || isWatching) {
      JsonObject frame = socket.next();
      if (frame.containsKey("unsubscribed")) {
        assertEquals(code, frame.getJsonObject("unsubscribed").getString("code"));
        isSubscribed = false;
      } else if (frame.containsKey("presence")) {
        String told = frame.getJsonObject("presence").getString("code");
        isWatching &= told == null;
      }
    }
  }

  private void awaitSubscribers(int expected) {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                RestCase.json(admin.get("channels/" + channel, Map.of())).getInteger("subscribers")
                    >= expected);
  }

  /** A namespace with presence and senders. */
  public static final class Present implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tideline.namespaces.asked.presence", "true",
          "tideline.namespaces.asked.sender", "true",
          "tideline.namespaces.rights.presence", "true",
          "tideline.doors.centrifuge.enabled", "true",
          "tideline.doors.centrifuge.anonymous", "true");
    }
  }
}
