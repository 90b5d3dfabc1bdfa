package io.tideline.browser;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of the quick start, on an origin of its own, beside a server in its first run. */
@Needs(Program.CHROMIUM)
class QuickStartIT {
  private static final Duration SEEN_MAX = Duration.ofSeconds(30);

  @TempDir Path directory;
  @TempDir Path profile;

  @Test
  void aPageOfAnotherOriginShowsWhatIsPublished() throws IOException {
    try (PackagedServer server = PackagedServer.start(Path.of("target/browser/quick-start"));
        Chromium chromium = Chromium.start(profile)) {
      String page = Files.readString(Path.of("examples/page/index.html"));
      Files.writeString(
          directory.resolve("index.html"),
          page.replace("http://127.0.0.1:8080", server.url().toString()));
      Process web = serve(directory);
      try (BufferedReader says = web.inputReader(StandardCharsets.UTF_8)) {
        chromium.open(URI.create(says.readLine() + "#" + server.token()));
        await("connected")
            .atMost(SEEN_MAX)
            .until(() -> chromium.text("#state").startsWith("connected"));
        server.publish("orders:42", "{\"status\":\"paid\"}");
        await("the message")
            .atMost(SEEN_MAX)
            .untilAsserted(
                () -> assertEquals("1: {\"status\":\"paid\"}", chromium.text("#orders li")));
        assertEquals(List.of(), chromium.complaints());
      } finally {
        web.destroy();
      }
    }
  }

  private static Process serve(Path directory) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(java, "examples/Serve.java", directory.toString(), "0")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
