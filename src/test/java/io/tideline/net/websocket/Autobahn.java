package io.tideline.net.websocket;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/**
 * All cases of the Autobahn test suite, which needs Python 2.7. How to install and run it, and what
 * came of it, stands in {@code bench/results/}.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(Autobahn.Generous.class)
class Autobahn {
  private static final Set<String> PASSED =
      Set.of("OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED");
  private static final long MINUTES_MAX = 30;
  private static final Path REPORTS = Path.of("target", "autobahn").toAbsolutePath();

  @TestHTTPResource("/test/echo")
  URI echo;

  @Test
  void noCaseFails() throws IOException, InterruptedException {
    Files.createDirectories(REPORTS);
    Path spec = REPORTS.resolve("spec.json");
    ObjectMapper json = new ObjectMapper();
    json.writeValue(
        spec.toFile(),
        Map.of(
            "outdir", REPORTS.toString(),
            "servers",
                List.of(
                    Map.of(
                        "agent",
                        "tideline",
                        "url",
                        "ws://127.0.0.1:" + echo.getPort() + echo.getPath())),
            "cases", List.of("*"),
            "exclude-cases", List.of(),
            "exclude-agent-cases", Map.of()));
    Process wstest =
        new ProcessBuilder(
                System.getProperty("wstest"), "-m", "fuzzingclient", "-s", spec.toString())
            .redirectErrorStream(true)
            .redirectOutput(REPORTS.resolve("wstest.log").toFile())
            .start();
    assertEquals(true, wstest.waitFor(MINUTES_MAX, TimeUnit.MINUTES), "wstest is still running");

    JsonNode cases = json.readTree(REPORTS.resolve("index.json").toFile()).get("tideline");
    System.out.println("messages " + count(cases, "behavior"));
    System.out.println("closing  " + count(cases, "behaviorClose"));
    assertEquals(List.of(), failed(cases));
  }

  private static Map<String, Long> count(JsonNode cases, String field) {
    return StreamSupport.stream(cases.spliterator(), false)
        .map(result -> result.get(field).asText())
        .collect(groupingBy(verdict -> verdict, TreeMap::new, counting()));
  }

  private static List<String> failed(JsonNode cases) {
    return cases.properties().stream()
        .filter(
            result ->
                !PASSED.contains(result.getValue().get("behavior").asText())
                    || !PASSED.contains(result.getValue().get("behaviorClose").asText()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toList());
  }

  /** The suite sends messages of 16 MiB, and in many small fragments. */
  public static final class Generous implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      String group = "tideline.transport.web-socket.";
      return Map.of(
          group + "message-max", "17M",
          group + "fragments-max", "1000000",
          group + "control-frames-per-second-max", "1000000");
    }
  }
}
