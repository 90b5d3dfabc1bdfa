package chaos;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import parts.Processes;
import parts.Threads;

/**
 * What carries announcements between the nodes, where that has a server of its own: a process that
 * keeps nothing that must last.
 */
final class Broker {
  private static final Duration START_MAX = Duration.ofSeconds(60);

  private final int port;
  private final Program program;
  private final IntFunction<Map<String, String>> settings;

  /** {@code settings} make a node use it by way of a port. */
  Broker(
      Path folder,
      int port,
      List<String> command,
      Map<String, String> environment,
      IntFunction<Map<String, String>> settings)
      throws IOException {
    Files.createDirectories(folder);
    this.port = port;
    this.program = new Program(folder.resolve("broker.log"), command, environment);
    this.settings = settings;
  }

  int port() {
    return port;
  }

  Map<String, String> settings(int byWayOf) {
    return settings.apply(byWayOf);
  }

  void start() throws IOException {
    program.start();
    long until = System.nanoTime() + START_MAX.toNanos();
    while (!accepts()) {
      if (!program.isAlive() || System.nanoTime() > until) {
        throw new IOException("the broker doesn't start, see " + program.log());
      }
      Threads.pause(50);
    }
  }

  /** {@code kill -9}, then a start. */
  void kill() throws IOException {
    program.kill();
    start();
  }

  void pause(long millis) {
    program
        .handle()
        .ifPresent(
            process -> {
              List<ProcessHandle> all = Processes.freeze(process);
              Threads.pause(millis);
              Processes.signal("CONT", all);
            });
  }

  void end() {
    program.signal("CONT");
    program.kill();
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(Ports.address(port), 1_000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
