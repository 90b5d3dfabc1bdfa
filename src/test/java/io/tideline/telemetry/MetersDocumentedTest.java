package io.tideline.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Metrics;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.tideline.testing.PostgresResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Meters are public: every one of ours stands in the document, with its labels. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
class MetersDocumentedTest {
  private static final Path DOCUMENT = Path.of("docs", "operations.md");
  private static final Pattern METER = Pattern.compile("`(tideline_[a-z_]+)(?:\\{([a-z,_]+)})?`");

  /** Of what isn't configured here, or used. */
  private static final Pattern ELSEWHERE =
      Pattern.compile("tideline_(bridge|authorizer|deflated)_.*");

  @Test
  void everyMeterStandsInTheDocumentWithItsLabels() throws IOException {
    Set<String> documented = documented();
    Set<String> registered = registered();
    assertTrue(registered.size() > 25, registered::toString);
    assertEquals(registered, documented);
  }

  private static Set<String> documented() throws IOException {
    String text = Files.readString(DOCUMENT);
    int begin = text.indexOf("\n## Meters\n");
    String section = text.substring(begin, text.indexOf("\n## ", begin + 1));
    Set<String> meters = new TreeSet<>();
    section
        .lines()
        .filter(line -> line.startsWith("|"))
        .map(line -> line.split("(?<!\\\\)\\|", -1)[1])
        .forEach(
            cell -> {
              Matcher names = METER.matcher(cell);
              while (names.find()) {
                if (!ELSEWHERE.matcher(names.group(1)).matches()) {
                  meters.add(names.group(1) + labels(names.group(2)));
                }
              }
            });
    return meters;
  }

  private static String labels(String text) {
    return text == null ? "" : " " + new TreeSet<>(Set.of(text.split(",", -1)));
  }

  private static Set<String> registered() {
    Set<String> meters = new TreeSet<>();
    for (Meter meter : Metrics.globalRegistry.getMeters()) {
      Meter.Id id = meter.getId();
      if (id.getName().startsWith("tideline.") && !ELSEWHERE.matcher(name(id)).matches()) {
        Set<String> tags = new TreeSet<>();
        id.getTags().forEach(tag -> tags.add(tag.getKey()));
        meters.add(name(id) + (tags.isEmpty() ? "" : " " + tags));
      }
    }
    return meters;
  }

  /** As Prometheus is told it. */
  private static String name(Meter.Id id) {
    String name = id.getName().replace('.', '_');
    return switch (id.getType()) {
      case COUNTER -> name + "_total";
      case TIMER -> name + "_seconds";
      default -> id.getBaseUnit() == null ? name : name + "_" + id.getBaseUnit();
    };
  }
}
