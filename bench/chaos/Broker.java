package chaos;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import parts.Processes;
import parts.Threads;
import parts.Wire;

/**
 * What carries announcements between the nodes, where that has a server of its own: a process that
 * keeps nothing that must last.
 */
final class Broker {
  private static final Duration START_MAX = Duration.ofSeconds(60);

  private final List<Wire> ways = new ArrayList<>();
  private final int port;
  private final Program program;
  private final IntFunction<Map<String, String>> settings;

  /** {@code ports} has one for each node, {@code settings} make a node use it by way of a port. */
  Broker(
      Path folder,
      List<Integer> ports,
      List<String> command,
      Map<String, String> environment,
      IntFunction<Map<String, String>> settings)
      throws IOException {
    Files.createDirectories(folder);
    for (int each : ports) {
      ways.add(new Wire(Ports.address(each)));
    }
    this.port = ports.get(0);
    this.program = new Program(folder.resolve("broker.log"), command, environment);
    this.settings = settings;
  }

  /** The network between it and a node. */
  Wire way(int node) {
    return ways.get(node);
  }

  Map<String, String> settings(int node) {
    return settings.apply(way(node).port());
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
