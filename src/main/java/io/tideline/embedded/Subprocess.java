package io.tideline.embedded;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A short-lived program that is run to its end, with its output kept for the error message. */
record Subprocess(List<String> words, Duration timeout) {
  private static final int OUTPUT_BYTES_MAX = 64 * 1024;

  Subprocess {
    words = List.copyOf(words);
  }

  /** What came of it; a program that is missing or took too long counts as failed. */
  record Outcome(int exitCode, String output) {
    boolean succeeded() {
      return exitCode == 0;
    }
  }

  Outcome run() {
    return run("");
  }

  Outcome run(String input) {
    Path output = null;
    try {
      // A file, not a pipe: a program that hangs with the pipe open would otherwise hang us past
      // the timeout.
      output = Files.createTempFile("tideline-command", ".out");
      ProcessBuilder builder =
          builder(words).redirectErrorStream(true).redirectOutput(output.toFile());
      Process process = builder.start();
      feed(process, input);
      if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        return new Outcome(-1, head(output) + "\n(stopped after " + timeout.toSeconds() + " s)");
      }
      return new Outcome(process.exitValue(), head(output));
    } catch (IOException notRun) {
      return new Outcome(-1, notRun.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new Outcome(-1, "interrupted");
    } finally {
      forget(output);
    }
  }

  /**
   * A process builder whose environment can't lead PostgreSQL to another cluster, port or language.
   */
  static ProcessBuilder builder(List<String> words) {
    ProcessBuilder builder = new ProcessBuilder(words);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.startsWith("PG") || name.startsWith("LC_"));
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  /** The program of that name on the PATH. */
  static Optional<Path> find(String program) {
    return Stream.of(
            System.getenv().getOrDefault("PATH", "/usr/bin:/bin").split(File.pathSeparator))
        .filter(directory -> !directory.isEmpty())
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  Subprocess after(List<String> prefix) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(words);
    return new Subprocess(all, timeout);
  }

  private static void feed(Process process, String input) throws IOException {
    try (OutputStream stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException closedEarly) {
      // The program ended before it read everything; its exit code says why.
      return;
    }
  }

  private static String head(Path output) throws IOException {
    try (InputStream in = Files.newInputStream(output)) {
      return new String(in.readNBytes(OUTPUT_BYTES_MAX), StandardCharsets.UTF_8).strip();
    }
  }

  private static void forget(Path output) {
    try {
      if (output != null) {
        Files.deleteIfExists(output);
      }
    } catch (IOException ignored) {
      output.toFile().deleteOnExit();
    }
  }
}
