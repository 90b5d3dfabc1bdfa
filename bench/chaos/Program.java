package chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import parts.Processes;

/** A server of any kind as a child of this program: started, hurt and started again. */
final class Program {
  private static final Duration KILL_MAX = Duration.ofSeconds(10);

  private final Path log;
  private final List<String> command;
  private final Map<String, String> environment;
  private Process process;
  private boolean isOver;

  /** {@code log} takes what it prints. */
  Program(Path log, List<String> command, Map<String, String> environment) {
    this.log = log;
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
  }

  synchronized void start() throws IOException {
    if (isOver) {
      throw new IOException("all is over");
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.directory(log.getParent().toFile());
    builder.environment().putAll(environment);
    process = builder.start();
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  Optional<ProcessHandle> handle() {
    return isAlive() ? Optional.of(process.toHandle()) : Optional.empty();
  }

  /** Whether it ended in time after the signal. */
  boolean end(String signal, Duration most) {
    if (!isAlive()) {
      return true;
    }
    Processes.signal(signal, List.of(process.toHandle()));
    return Processes.await(process.toHandle(), most);
  }

  /** Kills it, and whoever waits for its start doesn't start it again. */
  synchronized void killForGood() {
    isOver = true;
    kill();
  }

  void kill() {
    end("KILL", KILL_MAX);
  }

  void signal(String name) {
    handle().ifPresent(it -> Processes.signal(name, List.of(it)));
  }

  Path log() {
    return log;
  }

  /** Runs a command to its end; throws with what it said if it fails. */
  static void run(Path folder, String... command) throws IOException {
    run(folder, List.of(command));
  }

  static void run(Path folder, List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes());
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts these threads", e);
    }
  }
}
