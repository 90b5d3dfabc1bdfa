package io.tideline.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.access.Action;
import io.tideline.testing.ApplicationResource;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestApplication;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
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
@WithTestResource(ApplicationResource.class)
@TestProfile(EntranceRightsTest.Present.class)
class EntranceRightsTest {
  private static final String LET_IN = "ok";
  private static final Set<Entrance> STREAMS = Set.of(Entrance.EVENTS, Entrance.EVENTS_OF_SEVERAL);
  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
  private static final Map<String, String> LINES = Map.of("Content-Type", "application/x-ndjson");

  /** No rights are asked for: whoever has a token may keep it, or give it up. */
  private static final Set<Resource> WITHOUT_RIGHTS = Set.of(Resource.SESSION);

  @TestHTTPResource("/")
  URI base;

  private TestClient all;
  private final String channel = "rights:" + UUID.randomUUID();

  /** A way in, and the right that it asks for. */
  private enum Entrance {
    PAGE(Action.SUBSCRIBE, "GET", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        return code(client.get(TestClient.messages(channel), Map.of()));
      }
    },
    SECOND_PAGE(Action.SUBSCRIBE, "GET", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        String after =
            "?limit=1&after="
                + client.with(TestTokens.all()).page(channel, "limit=1").getString("next");
        return code(client.get(TestClient.messages(channel) + after, Map.of()));
      }
    },
    UNCHANGED_PAGE(Action.SUBSCRIBE, "GET", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        String page = TestClient.messages(channel);
        String etag =
            client
                .with(TestTokens.all())
                .get(page, Map.of())
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        return code(client.get(page, Map.of("If-None-Match", etag)));
      }
    },
    HEAD_OF_A_PAGE(Action.SUBSCRIBE, "HEAD", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOfHead(client.head(TestClient.messages(channel), Map.of()));
      }
    },
    LONG_POLL(Action.SUBSCRIBE, "GET", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        return code(client.get(TestClient.messages(channel) + "?wait=300ms", Map.of()));
      }
    },
    EVENTS(Action.SUBSCRIBE, "GET", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOf(client, TestClient.messages(channel));
      }
    },
    EVENTS_OF_SEVERAL(Action.SUBSCRIBE, "GET", Resource.STREAM) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOf(client, "stream?channel=" + channel);
      }
    },
    HEAD_OF_EVENTS(Action.SUBSCRIBE, "HEAD", Resource.STREAM) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOfHead(client.head("stream?channel=" + channel, Map.of()));
      }
    },
    STATE(Action.SUBSCRIBE, "GET", Resource.CHANNEL) {
      @Override
      String attempt(TestClient client, String channel) {
        return code(client.get("channels/" + channel, Map.of()));
      }
    },
    HEAD_OF_THE_STATE(Action.SUBSCRIBE, "HEAD", Resource.CHANNEL) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOfHead(client.head("channels/" + channel, Map.of()));
      }
    },
    SOCKET_SUBSCRIBE(Action.SUBSCRIBE, "GET", Resource.SOCKET) {
      @Override
      String attempt(TestClient client, String channel) {
        return command(client, "{\"id\":1,\"subscribe\":{\"channel\":\"%s\"}}".formatted(channel));
      }
    },
    SOCKET_SUBSCRIBE_TO_SEVERAL(Action.SUBSCRIBE, "GET", Resource.SOCKET) {
      @Override
      String attempt(TestClient client, String channel) {
        return command(
            client, "{\"id\":1,\"subscribe\":[{\"channel\":\"%s\"}]}".formatted(channel));
      }
    },
    PUBLISH(Action.PUBLISH, "POST", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        return code(client.post(TestClient.messages(channel), "1", JSON));
      }
    },
    BATCH_ITEM(Action.PUBLISH, "POST", Resource.BATCH) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOfSecond(
            client.post("messages", "[" + OTHER_ITEM + "," + item(channel) + "]", JSON));
      }
    },
    LINE(Action.PUBLISH, "POST", Resource.BATCH) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOfSecond(client.post("messages", OTHER_ITEM + "\n" + item(channel), LINES));
      }
    },
    ATOMIC_BATCH(Action.PUBLISH, "POST", Resource.BATCH) {
      @Override
      String attempt(TestClient client, String channel) {
        HttpResponse<String> answer =
            client.post("messages?atomic=true", "[" + item(channel) + "]", JSON);
        if (answer.statusCode() == 200) {
          return LET_IN;
        }
        JsonObject problem = RestCase.json(answer);
        return problem.getJsonObject("error", problem).getString("code");
      }
    },
    SOCKET_PUBLISH(Action.PUBLISH, "GET", Resource.SOCKET) {
      @Override
      String attempt(TestClient client, String channel) {
        return command(
            client, "{\"id\":1,\"publish\":{\"channel\":\"%s\",\"data\":1}}".formatted(channel));
      }
    },
    MEMBERS(Action.PRESENCE, "GET", Resource.PRESENCE) {
      @Override
      String attempt(TestClient client, String channel) {
        return code(client.get("channels/" + channel + "/presence", Map.of()));
      }
    },
    HEAD_OF_THE_MEMBERS(Action.PRESENCE, "HEAD", Resource.PRESENCE) {
      @Override
      String attempt(TestClient client, String channel) {
        return codeOfHead(client.head("channels/" + channel + "/presence", Map.of()));
      }
    },
    SOCKET_WATCH(Action.PRESENCE, "GET", Resource.SOCKET) {
      @Override
      String attempt(TestClient client, String channel) {
        return command(
            client,
            "{\"id\":1,\"presence\":{\"channel\":\"%s\",\"watch\":true}}".formatted(channel));
      }
    },
    PURGE(Action.ADMIN, "DELETE", Resource.MESSAGES) {
      @Override
      String attempt(TestClient client, String channel) {
        String position = client.with(TestTokens.all()).publish(channel, "1").getString("position");
        return code(client.delete(TestClient.messages(channel) + "?through=" + position));
      }
    };

    private static final String OTHER_ITEM = "{\"channel\":\"another:1\",\"data\":1}";

    final Action right;
    final String method;
    final Resource resource;

    Entrance(Action right, String method, Resource resource) {
      this.right = right;
      this.method = method;
      this.resource = resource;
    }

    /** What it answers where nobody can say whether it may be opened. */
    String unavailable() {
      return method.equals("HEAD") ? "status 503" : "unavailable";
    }

    /** {@value #LET_IN}, or the code of the problem. */
    abstract String attempt(TestClient client, String channel);

    private static String item(String channel) {
      return "{\"channel\":\"%s\",\"data\":1}".formatted(channel);
    }

    private static String code(HttpResponse<String> answer) {
      return answer.statusCode() < 400 ? LET_IN : RestCase.json(answer).getString("code");
    }

    private static String codeOfHead(HttpResponse<String> answer) {
      return switch (answer.statusCode()) {
        case 200 -> LET_IN;
        case 401 -> "unauthenticated";
        case 403 -> "forbidden";
        default -> "status " + answer.statusCode();
      };
    }

    private static String codeOf(TestClient client, String stream) {
      try (TestEventStream events = client.stream(stream, Map.of())) {
        return switch (events.status()) {
          case 200 -> LET_IN;
          case 401 -> "unauthenticated";
          case 403 -> "forbidden";
          default -> "status " + events.status();
        };
      }
    }

    private static String codeOfSecond(HttpResponse<String> answer) {
      JsonObject result = RestCase.json(answer).getJsonArray("results").getJsonObject(1);
      return result.getInteger("status") < 400
          ? LET_IN
          : result.getJsonObject("error").getString("code");
    }

    private static String command(TestClient client, String frame) {
      try (TestSocket socket = client.socket()) {
        socket.send(frame);
        JsonObject reply = socket.next();
        return reply.containsKey("ok") ? LET_IN : reply.getJsonObject("error").getString("code");
      }
    }
  }

  @BeforeEach
  void connect() {
    all = TestClient.of(base.getPort(), TestTokens.allAs(channel));
    all.publish(channel, "1");
  }

  @ParameterizedTest
  @EnumSource
  void itsOwnRightOnTheChannelOpensIt(Entrance entrance) {
    assertEquals(LET_IN, entrance.attempt(with(Map.of(entrance.right, channel)), channel));
  }

  @ParameterizedTest
  @EnumSource
  void everyOtherRightOnEveryChannelDoesNot(Entrance entrance) {
    Map<Action, String> others =
        Stream.of(Action.values())
            .filter(action -> action != entrance.right)
            .collect(Collectors.toMap(action -> action, action -> "*"));
    assertEquals("forbidden", entrance.attempt(with(others), channel));
  }

  @ParameterizedTest
  @EnumSource
  void itsOwnRightOnLookAlikesDoesNot(Entrance entrance) {
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
  void aStrangerIsAskedForAToken(Entrance entrance) {
    assertEquals("unauthenticated", entrance.attempt(all.with(null), channel));
  }

  /** Without any right in the token, and with no right to anything else. */
  @ParameterizedTest
  @EnumSource
  void theApplicationCanOpenIt(Entrance entrance) {
    String action = entrance.right.name().toLowerCase(Locale.ROOT);
    String subject = "may-" + action + "-" + UUID.randomUUID();
    TestClient client = all.with(TestTokens.withGrants(subject, Map.of()));
    assertEquals(LET_IN, entrance.attempt(client, channel));
    assertTrue(ApplicationResource.asked(subject) > 0);
  }

  /** As it does in all tests here for those without a right; here it is seen that it was asked. */
  @ParameterizedTest
  @EnumSource
  void theApplicationCanKeepItShut(Entrance entrance) {
    String subject = "may-nothing-" + UUID.randomUUID();
    TestClient client = all.with(TestTokens.withGrants(subject, Map.of()));
    assertEquals("forbidden", entrance.attempt(client, channel));
    assertTrue(ApplicationResource.asked(subject) > 0);
  }

  /** A stream's reader comes back only after 200; so it is sent away to come back. */
  @ParameterizedTest
  @EnumSource
  void whereTheApplicationIsAwayItStaysShut(Entrance entrance) {
    String subject = "may-what-" + UUID.randomUUID();
    ApplicationResource.script(subject, TestApplication.Script.answer(500, ""));
    TestClient client = all.with(TestTokens.withGrants(subject, Map.of()));
    String code = entrance.attempt(client, channel);
    assertEquals(STREAMS.contains(entrance) ? LET_IN : entrance.unavailable(), code);
    assertTrue(ApplicationResource.asked(subject) > 0);
  }

  @ParameterizedTest
  @EnumSource
  void theApplicationIsNotAskedWhatTheTokenSays(Entrance entrance) {
    String subject = "granted-" + UUID.randomUUID();
    Map<String, List<String>> grants =
        Map.of(entrance.right.name().toLowerCase(Locale.ROOT), List.of(channel));
    TestClient client = all.with(TestTokens.withGrants(subject, grants));
    boolean isAlone = !Set.of(Entrance.BATCH_ITEM, Entrance.LINE).contains(entrance);
    assertEquals(LET_IN, entrance.attempt(client, channel));
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

  /** So that nobody adds a way in without saying here which right it asks for. */
  @Test
  void noWayInIsMissingHere() {
    Set<String> tried =
        Arrays.stream(Entrance.values())
            .map(entrance -> entrance.method + " " + entrance.resource)
            .collect(Collectors.toCollection(TreeSet::new));
    tried.addAll(List.of("GET CHANNELS", "HEAD CHANNELS", "POST REVOCATIONS"));
    Set<String> all =
        Arrays.stream(Resource.values())
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

  /** A namespace whose members can be asked for. */
  public static final class Present implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("tideline.namespaces.rights.presence", "true");
    }
  }
}
