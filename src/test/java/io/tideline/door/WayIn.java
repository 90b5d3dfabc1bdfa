package io.tideline.door;

import io.tideline.access.Action;
import io.tideline.door.centrifuge.CentrifugeDoor;
import io.tideline.door.rest.RestRoutes;
import io.tideline.door.sse.StreamRoutes;
import io.tideline.door.tideline.SocketUpgrade;
import io.tideline.net.http.Route;
import io.tideline.testing.RestCase;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestEventStream;
import io.tideline.testing.TestSocket;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.Map;

/** A way in, and the right that it asks for. */
enum WayIn {
  PAGE(Action.SUBSCRIBE, "GET", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      return code(client.get(TestClient.messages(channel), Map.of()));
    }
  },
  SECOND_PAGE(Action.SUBSCRIBE, "GET", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      String after =
          "?limit=1&after="
              + client.with(TestTokens.all()).page(channel, "limit=1").getString("next");
      return code(client.get(TestClient.messages(channel) + after, Map.of()));
    }
  },
  UNCHANGED_PAGE(Action.SUBSCRIBE, "GET", RestRoutes.MESSAGES) {
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
  HEAD_OF_A_PAGE(Action.SUBSCRIBE, "HEAD", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOfHead(client.head(TestClient.messages(channel), Map.of()));
    }
  },
  LONG_POLL(Action.SUBSCRIBE, "GET", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      return code(client.get(TestClient.messages(channel) + "?wait=300ms", Map.of()));
    }
  },
  EVENTS(Action.SUBSCRIBE, "GET", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOf(client, TestClient.messages(channel));
    }
  },
  EVENTS_OF_SEVERAL(Action.SUBSCRIBE, "GET", StreamRoutes.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOf(client, "stream?channel=" + channel);
    }
  },
  HEAD_OF_EVENTS(Action.SUBSCRIBE, "HEAD", StreamRoutes.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOfHead(client.head("stream?channel=" + channel, Map.of()));
    }
  },
  STATE(Action.SUBSCRIBE, "GET", RestRoutes.CHANNEL) {
    @Override
    String attempt(TestClient client, String channel) {
      return code(client.get("channels/" + channel, Map.of()));
    }
  },
  HEAD_OF_THE_STATE(Action.SUBSCRIBE, "HEAD", RestRoutes.CHANNEL) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOfHead(client.head("channels/" + channel, Map.of()));
    }
  },
  SOCKET_SUBSCRIBE(Action.SUBSCRIBE, "GET", SocketUpgrade.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return command(client, "{\"id\":1,\"subscribe\":{\"channel\":\"%s\"}}".formatted(channel));
    }
  },
  SOCKET_SUBSCRIBE_TO_SEVERAL(Action.SUBSCRIBE, "GET", SocketUpgrade.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return command(client, "{\"id\":1,\"subscribe\":[{\"channel\":\"%s\"}]}".formatted(channel));
    }
  },
  PUBLISH(Action.PUBLISH, "POST", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      return code(client.post(TestClient.messages(channel), "1", JSON));
    }
  },
  BATCH_ITEM(Action.PUBLISH, "POST", RestRoutes.BATCH) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOfSecond(
          client.post("messages", "[" + OTHER_ITEM + "," + item(channel) + "]", JSON));
    }
  },
  LINE(Action.PUBLISH, "POST", RestRoutes.BATCH) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOfSecond(client.post("messages", OTHER_ITEM + "\n" + item(channel), LINES));
    }
  },
  ATOMIC_BATCH(Action.PUBLISH, "POST", RestRoutes.BATCH) {
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
  SOCKET_PUBLISH(Action.PUBLISH, "GET", SocketUpgrade.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return command(
          client, "{\"id\":1,\"publish\":{\"channel\":\"%s\",\"data\":1}}".formatted(channel));
    }
  },
  MEMBERS(Action.PRESENCE, "GET", RestRoutes.PRESENCE) {
    @Override
    String attempt(TestClient client, String channel) {
      return code(client.get("channels/" + channel + "/presence", Map.of()));
    }
  },
  HEAD_OF_THE_MEMBERS(Action.PRESENCE, "HEAD", RestRoutes.PRESENCE) {
    @Override
    String attempt(TestClient client, String channel) {
      return codeOfHead(client.head("channels/" + channel + "/presence", Map.of()));
    }
  },
  SOCKET_WATCH(Action.PRESENCE, "GET", SocketUpgrade.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return command(
          client, "{\"id\":1,\"presence\":{\"channel\":\"%s\",\"watch\":true}}".formatted(channel));
    }
  },
  CENTRIFUGE_SUBSCRIBE(Action.SUBSCRIBE, "GET", CentrifugeDoor.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return centrifuge(client, "subscribe", new JsonObject().put("channel", channel));
    }
  },
  CENTRIFUGE_HISTORY(Action.SUBSCRIBE, "GET", CentrifugeDoor.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return centrifuge(client, "history", new JsonObject().put("channel", channel));
    }
  },
  CENTRIFUGE_PUBLISH(Action.PUBLISH, "GET", CentrifugeDoor.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return centrifuge(client, "publish", new JsonObject().put("channel", channel).put("data", 1));
    }
  },
  CENTRIFUGE_PRESENCE(Action.PRESENCE, "GET", CentrifugeDoor.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return centrifuge(client, "presence", new JsonObject().put("channel", channel));
    }
  },
  CENTRIFUGE_PRESENCE_STATS(Action.PRESENCE, "GET", CentrifugeDoor.ROUTE) {
    @Override
    String attempt(TestClient client, String channel) {
      return centrifuge(client, "presence_stats", new JsonObject().put("channel", channel));
    }
  },
  PURGE(Action.ADMIN, "DELETE", RestRoutes.MESSAGES) {
    @Override
    String attempt(TestClient client, String channel) {
      String position = client.with(TestTokens.all()).publish(channel, "1").getString("position");
      return code(client.delete(TestClient.messages(channel) + "?through=" + position));
    }
  };

  /** What an attempt says that was let in. */
  static final String LET_IN = "ok";

  private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");
  private static final Map<String, String> LINES = Map.of("Content-Type", "application/x-ndjson");
  private static final String OTHER_ITEM = "{\"channel\":\"another:1\",\"data\":1}";

  final Action right;
  final String method;
  final Route resource;

  WayIn(Action right, String method, Route resource) {
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

  private static String centrifuge(TestClient client, String method, JsonObject request) {
    JsonObject connect =
        client.token() == null ? new JsonObject() : new JsonObject().put("token", client.token());
    try (TestSocket socket = client.socket("/connection/websocket")) {
      socket.send(new JsonObject().put("id", 1).put("connect", connect));
      socket.next();
      socket.send(new JsonObject().put("id", 2).put(method, request));
      JsonObject reply = socket.next();
      return reply.containsKey(method)
          ? LET_IN
          : switch (reply.getJsonObject("error").getInteger("code")) {
            case 101 -> "unauthenticated";
            case 103 -> "forbidden";
            case 100 -> "unavailable";
            default -> reply.encode();
          };
    }
  }
}
