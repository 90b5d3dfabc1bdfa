package io.tideline.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.ResourceArg;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.access.Action;
import io.tideline.door.rest.RestRoutes;
import io.tideline.net.http.Route;
import io.tideline.net.http.Routes;
import io.tideline.testing.ApplicationResource;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestApplication;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every way in asks for its own right, on the very channel, and for nothing else; with every other
 * right on every channel it stays shut.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@WithTestResource(
    value = ApplicationResource.class,
    initArgs = {
      @ResourceArg(name = "tideline.authorizer.grace", value = "1s"),
      @ResourceArg(name = "tideline.authorizer.timeout", value = "4s")
    })
@TestProfile(AuthorizerTest.Present.class)
class EntranceRightsTest {
  private static final Set<WayIn> STREAMS = Set.of(WayIn.EVENTS, WayIn.EVENTS_OF_SEVERAL);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

  /** No rights are asked for: whoever has a token may keep it, or give it up. */
  private static final Set<Route> WITHOUT_RIGHTS = Set.of(RestRoutes.SESSION);

  @Inject Routes routes;

  @TestHTTPResource("/")
  URI base;

  private TestClient all;
  private final String channel = "rights:" + UUID.randomUUID();

  @BeforeEach
  void connect() {
    all = TestClient.of(base.getPort(), TestTokens.allAs(channel));
    all.publish(channel, "1");
  }

  @ParameterizedTest
  @EnumSource
  void itsOwnRightOnTheChannelOpensIt(WayIn entrance) {
    assertEquals(WayIn.LET_IN, entrance.attempt(with(Map.of(entrance.right, channel)), channel));
  }

  @ParameterizedTest
  @EnumSource
  void everyOtherRightOnEveryChannelDoesNot(WayIn entrance) {
    Map<Action, String> others =
        Stream.of(Action.values())
            .filter(action -> action != entrance.right)
            .collect(Collectors.toMap(action -> action, action -> "*"));
    assertEquals("forbidden", entrance.attempt(with(others), channel));
  }

  @ParameterizedTest
  @EnumSource
  void itsOwnRightOnLookAlikesDoesNot(WayIn entrance) {
    for (String other :
        List.of(
            channel + "1",
            channel + ":*",
            channel.substring(0, channel.length() - 1),
            channel.toUpperCase(Locale.ROOT),
            "rights",
            "Rights:*",
            "rights::*",
            "*" + channel.substring(1),
            "rights:*:*",
            channel + "%",
            " " + channel,
            channel + "\u0000")) {
      String code = entrance.attempt(with(Map.of(entrance.right, other)), channel);
      assertEquals("forbidden", code, other);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStrangerIsAskedForAToken(WayIn entrance) {
    assertEquals("unauthenticated", entrance.attempt(all.with(null), channel));
  }

  /** Without any right in the token, and with no right to anything else. */
  @ParameterizedTest
  @EnumSource
  void theApplicationCanOpenIt(WayIn entrance) {
    String action = entrance.right.name().toLowerCase(Locale.ROOT);
    String subject = "may-" + action + "-" + UUID.randomUUID();
    TestClient client = all.with(TestTokens.withGrants(subject, Map.of()));
    assertEquals(WayIn.LET_IN, entrance.attempt(client, channel));
    assertTrue(ApplicationResource.asked(subject) > 0);
  }

  /** As it does in all tests here for those without a right; here it is seen that it was asked. */
  @ParameterizedTest
  @EnumSource
  void theApplicationCanKeepItShut(WayIn entrance) {
    String subject = "may-nothing-" + UUID.randomUUID();
    TestClient client = all.with(TestTokens.withGrants(subject, Map.of()));
    assertEquals("forbidden", entrance.attempt(client, channel));
    assertTrue(ApplicationResource.asked(subject) > 0);
  }

  /** A stream's reader comes back only after 200; so it is sent away to come back. */
  @ParameterizedTest
  @EnumSource
  void whereTheApplicationIsAwayItStaysShut(WayIn entrance) {
    String subject = "may-what-" + UUID.randomUUID();
    ApplicationResource.script(subject, TestApplication.Script.answer(500, ""));
    TestClient client = all.with(TestTokens.withGrants(subject, Map.of()));
    String code = entrance.attempt(client, channel);
    assertEquals(STREAMS.contains(entrance) ? WayIn.LET_IN : entrance.unavailable(), code);
    assertTrue(ApplicationResource.asked(subject) > 0);
  }

  @ParameterizedTest
  @EnumSource
  void theApplicationIsNotAskedWhatTheTokenSays(WayIn entrance) {
    String subject = "granted-" + UUID.randomUUID();
    Map<String, List<String>> grants =
        Map.of(entrance.right.name().toLowerCase(Locale.ROOT), List.of(channel));
    TestClient client = all.with(TestTokens.withGrants(subject, grants));
    boolean isAlone = !Set.of(WayIn.BATCH_ITEM, WayIn.LINE).contains(entrance);
    assertEquals(WayIn.LET_IN, entrance.attempt(client, channel));
    assertEquals(isAlone ? 0 : 1, ApplicationResource.asked(subject), "but about the other item");
  }

  @Test
  void theListShowsOnlyWhatMayBeRead() {
    assertEquals(Set.of(channel), listed(with(Map.of(Action.SUBSCRIBE, channel))));
    assertEquals(
        Set.of(),
        listed(with(Map.of(Action.PUBLISH, "*", Action.ADMIN, "*", Action.PRESENCE, "*"))));
    assertEquals(Set.of(), listed(all.with(null)));
  }

  @ParameterizedTest
  @EnumSource(Action.class)
  void onlyTheAdminOfEverythingRevokes(Action action) {
    int expected = action == Action.ADMIN ? 204 : 403;
    assertEquals(expected, revoke(with(Map.of(action, "*"))));
    assertEquals(403, revoke(with(Map.of(action, "a*"))));
    assertEquals(401, revoke(all.with(null)));
  }

  @ParameterizedTest
  @EnumSource(Action.class)
  void onlyTheAdminOfEverythingSeesAllConnectionsAndNodes(Action action) {
    int expected = action == Action.ADMIN ? 200 : 403;
    for (String path : List.of("connections", "nodes")) {
      assertEquals(expected, get(path, with(Map.of(action, "*"))));
      assertEquals(403, get(path, with(Map.of(action, "a*"))));
      assertEquals(401, get(path, all.with(null)));
      assertEquals(expected, with(Map.of(action, "*")).head(path, Map.of()).statusCode());
    }
  }

  private static int get(String path, TestClient client) {
    return client.get(path, Map.of()).statusCode();
  }

  /** So that nobody adds a way in without saying here which right it asks for. */
  @Test
  void noWayInIsMissingHere() {
    Set<String> tried =
        Arrays.stream(WayIn.values())
            .map(entrance -> entrance.method + " " + entrance.resource)
            .collect(Collectors.toCollection(TreeSet::new));
    tried.addAll(List.of("GET /v1/channels", "HEAD /v1/channels", "POST /v1/revocations"));
    tried.addAll(List.of("GET /v1/connections", "HEAD /v1/connections"));
    tried.addAll(List.of("GET /v1/nodes", "HEAD /v1/nodes"));
    Set<String> all =
        routes.all().stream()
            .filter(resource -> !WITHOUT_RIGHTS.contains(resource))
            .flatMap(resource -> resource.methods().stream().map(method -> method + " " + resource))
            .collect(Collectors.toCollection(TreeSet::new));
    assertTrue(tried.containsAll(all), () -> all + " - " + tried);
  }

  private static int revoke(TestClient client) {
    return client.post("revocations", "{\"subject\":\"nobody\"}", JSON).statusCode();
  }

  private Set<String> listed(TestClient client) {
    return RestCase.json(client.get("channels?prefix=" + channel, Map.of()))
        .getJsonArray("channels")
        .stream()
        .map(state -> ((JsonObject) state).getString("channel"))
        .collect(Collectors.toSet());
  }

  private TestClient with(Map<Action, String> rights) {
    Map<String, List<String>> grants = new HashMap<>();
    rights.forEach(
        (action, pattern) -> grants.put(action.name().toLowerCase(Locale.ROOT), List.of(pattern)));
    return all.with(TestTokens.withGrants("rights-" + UUID.randomUUID(), grants));
  }
}
