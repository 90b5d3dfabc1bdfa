package io.tideline.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.testing.Needs;
import io.tideline.testing.Program;
import io.tideline.testing.Slow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The tests of the JavaScript client, run with Node.js against the packaged application. They need
 * {@code node} and {@code npm}, and Chromium for the part of them that runs in a browser.
 */
@Slow
@Needs({Program.NODE, Program.NPM, Program.CHROMIUM})
class JavaScriptClientIT {
  private static final Path CLIENT = Path.of("clients/javascript");
  private static final Path LOG = Path.of("target/browser/javascript-client.log");

  @Test
  @Timeout(value = 20, unit = TimeUnit.MINUTES)
  void itsTestsPass() throws IOException, InterruptedException {
    Files.createDirectories(LOG.getParent());
    Files.deleteIfExists(LOG);
    run(List.of("npm", "ci", "--no-audit", "--no-fund"));
    run(List.of("npm", "test"));
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(CLIENT.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(LOG.toFile()))
            .start();
    try {
      assertEquals(0, process.waitFor(), () -> String.join(" ", command) + " failed: see " + LOG);
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
    }
  }
}
