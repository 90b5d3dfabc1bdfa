package io.tideline.app;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFeedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;

  @Test
  void runsTheProgramAgainAndAgainUntilClosed() throws IOException {
    try (DemoFeed feed = start("System.exit(3);")) {
      await().atMost(PATIENCE).until(() -> lines().size() >= 2);
      assertEquals("http://127.0.0.1:1 secret", lines().get(0));
      assertNotEquals(null, feed);
    }
    int runs = lines().size();
    await().during(Duration.ofSeconds(2)).until(() -> lines().size() == runs);
  }

  @Test
  void stopsTheProgramWhenClosed() throws IOException {
    ProcessHandle program;
    try (DemoFeed feed = start("Thread.sleep(600_000);")) {
      await().atMost(PATIENCE).until(() -> !lines().isEmpty());
      program = running();
      assertEquals(true, program.isAlive());
      assertNotEquals(null, feed);
    }
    assertEquals(false, program.isAlive());
  }

  @Test
  void stopsTheProgramThatAKilledServerLeft() throws IOException {
    Path program = program("Thread.sleep(600_000);");
    Process left =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(), program.toString())
            .start();
    Files.writeString(directory.resolve("demo.pid"), Long.toString(left.pid()));
    try (DemoFeed feed =
        DemoFeed.start(
            program, URI.create("http://127.0.0.1:1"), "secret", directory.resolve("demo.pid"))) {
      await().atMost(PATIENCE).until(() -> !left.isAlive());
      await().atMost(PATIENCE).until(() -> running().pid() != left.pid());
      assertNotEquals(null, feed);
    }
  }

  private DemoFeed start(String end) throws IOException {
    return DemoFeed.start(
        program(end), URI.create("http://127.0.0.1:1"), "secret", directory.resolve("demo.pid"));
  }

  /** Writes down how it was called, then does what it is told. */
  private Path program(String end) throws IOException {
    return Files.writeString(
        directory.resolve("Program.java"),
        """
        import java.nio.file.*;
        public class Program {
          public static void main(String[] arguments) throws Exception {
            String line = System.getenv("TIDELINE_URL") + " " + System.getenv("TIDELINE_TOKEN") + "\\n";
            Files.writeString(Path.of("%s"), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            %s
          }
        }
        """
            .formatted(directory.resolve("lines"), end));
  }

  private java.util.List<String> lines() throws IOException {
    Path file = directory.resolve("lines");
    return Files.exists(file) ? Files.readAllLines(file) : java.util.List.of();
  }

  private ProcessHandle running() throws IOException {
    long pid = Long.parseLong(Files.readString(directory.resolve("demo.pid")).strip());
    return ProcessHandle.of(pid).orElseThrow();
  }
}
