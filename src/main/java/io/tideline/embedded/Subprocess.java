package io.tideline.embedded;

import java.io.ByteArrayOutputStream;
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

  /** For what the program has said, when it is over. */
  private static final long REST_MILLIS_MAX = 1_000;

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
    try {
      Process process = builder(words).redirectErrorStream(true).start();
      ByteArrayOutputStream output = new ByteArrayOutputStream();
      Thread reader = reader(process, output);
      feed(process, input);
      boolean isOver = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      if (!isOver) {
        process.destroyForcibly().waitFor();
      }
      reader.join(REST_MILLIS_MAX);
      String said = output.toString(StandardCharsets.UTF_8).strip();
      return isOver
          ? new Outcome(process.exitValue(), said)
          : new Outcome(-1, said + "\n(stopped after " + timeout.toSeconds() + " s)");
    } catch (IOException notRun) {
      return new Outcome(-1, notRun.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new Outcome(-1, "interrupted");
    }
  }

  /**
   * Reads what the program says, on a thread of its own: a child of the program may keep the pipe
   * open past the timeout. There is no file, as the system's temporary folder may be read-only.
   */
  private static Thread reader(Process process, ByteArrayOutputStream output) {
    Thread reader = new Thread(() -> keepHead(process.getInputStream(), output));
    reader.setName("tideline-command");
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  /** The rest is read too, so that the program never waits. */
  private static void keepHead(InputStream in, ByteArrayOutputStream output) {
    byte[] buffer = new byte[8 * 1024];
    try (in) {
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        output.write(buffer, 0, Math.min(length, OUTPUT_BYTES_MAX - output.size()));
      }
    } catch (IOException ended) {
      // Killed: what it said before counts.
      return;
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
}
