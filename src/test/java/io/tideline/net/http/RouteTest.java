package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.tideline.door.rest.RestRoutes;
import io.tideline.door.sse.StreamRoutes;
import io.tideline.door.tideline.SocketUpgrade;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {
  private static final Path OPEN_API = Path.of("src/main/resources/META-INF/openapi.yaml");

  private static final Routes ROUTES =
      new Routes(List.of(new RestRoutes(), door(StreamRoutes.ROUTE), door(SocketUpgrade.ROUTE)));

  private static DoorRoutes door(Route route) {
    return new DoorRoutes() {
      @Override
      public List<Route> routes() {
        return List.of(route);
      }

      @Override
      public String area() {
        return "/v1";
      }
    };
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/messages, /v1/messages",
    "/v1/stream, /v1/stream",
    "/v1/ws, /v1/ws",
    "/v1/channels, /v1/channels",
    "/v1/channels/a, /v1/channels/{channel}",
    "/v1/channels/messages, /v1/channels/{channel}",
    "/v1/channels/a%2Fb, /v1/channels/{channel}",
    "/v1/channels/a/messages, /v1/channels/{channel}/messages",
    "/v1/channels/messages/messages, /v1/channels/{channel}/messages",
    "/v1/channels/a%2Fb/messages, /v1/channels/{channel}/messages"
  })
  void isFoundByItsPath(String path, String expected) {
    assertEquals(expected, ROUTES.at(path).template());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1",
        "/v1/",
        "/v1/message",
        "/v1/messages/",
        "/v1/messages/a",
        "/v1/channels/",
        "/v1/channels/a/",
        "/v1/channels//messages",
        "/v1/channels/a/b",
        "/v1/channels/a/b/messages",
        "/v1/channels/a/messages/",
        "/v2/messages"
      })
  void noOtherPathIsOne(String path) {
    assertNull(ROUTES.at(path));
  }

  /** The WebSocket is no part of OpenAPI, and HEAD and OPTIONS go without saying there. */
  @Test
  void theOpenApiDocumentHasTheSameOnes() throws IOException {
    Map<String, Set<String>> expected = new TreeMap<>();
    for (Route each : ROUTES.all()) {
      if (!each.isSocket()) {
        Set<String> methods = new TreeSet<>(each.methods());
        methods.remove("HEAD");
        expected.put(each.template(), methods);
      }
    }
    assertEquals(expected, documented());
  }

  /** What the server takes, and nothing else: it refuses what isn't here. */
  @Test
  void theOpenApiDocumentHasTheSameParameters() throws IOException {
    Map<String, Set<String>> expected = new TreeMap<>();
    for (Route each : ROUTES.all()) {
      for (String method : each.methods()) {
        if (!each.isSocket() && !method.equals("HEAD")) {
          expected.put(method + " " + each.template(), each.parameters(method));
        }
      }
    }
    assertEquals(expected, documentedParameters());
  }

  private static Map<String, Set<String>> documentedParameters() throws IOException {
    List<String> lines = Files.readAllLines(OPEN_API);
    Set<String> shared = sharedParameters(lines);
    Map<String, Set<String>> documented = new TreeMap<>();
    String path = null;
    Set<String> parameters = new TreeSet<>();
    for (int i = 0; !lines.get(i).startsWith("components:"); i++) {
      String line = lines.get(i);
      String name = line.replaceFirst(".*[/ ]", "").replaceFirst("'$", "");
      if (line.matches(" {2}/.*:")) {
        path = line.strip().replace(":", "");
        parameters = new TreeSet<>();
      } else if (line.matches(" {4}(get|post|delete):")) {
        parameters = new TreeSet<>();
        documented.put(
            line.strip().replace(":", "").toUpperCase(Locale.ROOT) + " " + path, parameters);
      } else if ((line.matches(" +- \\$ref: .*/parameters/.*") && shared.contains(name))
          || (line.matches(" +- name: .*") && lines.get(i + 1).endsWith("in: query"))) {
        parameters.add(name);
      }
    }
    return documented;
  }

  /** Those of queries, which are called there as they are named. */
  private static Set<String> sharedParameters(List<String> lines) {
    Set<String> shared = new TreeSet<>();
    for (int i = lines.indexOf("components:"); i < lines.size() - 1; i++) {
      if (lines.get(i).matches(" {6}name: .*") && lines.get(i + 1).endsWith("in: query")) {
        shared.add(lines.get(i).strip().substring("name: ".length()));
      }
    }
    return shared;
  }

  private static Map<String, Set<String>> documented() throws IOException {
    Map<String, Set<String>> documented = new TreeMap<>();
    String path = null;
    for (String line : Files.readAllLines(OPEN_API)) {
      if (line.startsWith("components:")) {
        break;
      }
      if (line.matches(" {2}/.*:")) {
        path = line.strip().replace(":", "");
        documented.put(path, new TreeSet<>());
      } else if (line.matches(" {4}(get|put|post|delete|patch):")) {
        documented.get(path).add(line.strip().replace(":", "").toUpperCase(Locale.ROOT));
      }
    }
    return documented;
  }
}
