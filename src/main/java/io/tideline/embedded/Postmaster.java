package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The parent process of a running server. */
record Postmaster(ProcessHandle process, int port) {
  private static final long POLL_MILLIS = 20;

  /** The one that runs on the cluster now, started by whomever. */
  static Optional<Postmaster> runningOn(Path cluster) throws IOException {
    return PostmasterFile.read(cluster)
        .flatMap(
            file ->
                ProcessHandle.of(file.pid())
                    .filter(process -> serves(process, cluster))
                    .map(process -> new Postmaster(process, file.port())))
        .filter(Postmaster::isAlive);
  }

  boolean isAlive() {
    return process.isAlive() && !isZombie();
  }

  boolean runs(Path program) {
    return process.info().command().map(Path::of).filter(program::equals).isPresent();
  }

  /** True once it has ended, false if it hasn't within that time. */
  boolean awaitEnd(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (isAlive()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return true;
  }

  /** True once it takes connections, false if it ended or hasn't got there within that time. */
  boolean awaitReady(Path cluster, Duration timeout) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (isAlive() && System.nanoTime() < deadline) {
      Optional<PostmasterFile> file = PostmasterFile.read(cluster);
      if (file.filter(found -> found.pid() == process.pid() && found.ready()).isPresent()) {
        return true;
      }
      Thread.sleep(POLL_MILLIS);
    }
    return false;
  }

  /** A process id alone proves nothing, as it may have been given to another process since. */
  private static boolean serves(ProcessHandle process, Path cluster) {
    List<String> arguments = process.info().arguments().map(List::of).orElse(List.of());
    int option = arguments.indexOf("-D");
    return option >= 0
        && option + 1 < arguments.size()
        && arguments.get(option + 1).equals(cluster.toString());
  }

  /**
   * Dead, but its parent never asked: so it stays where the first process of a container reaps no
   * orphans.
   */
  private boolean isZombie() {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
    } catch (IOException goneOrNotLinux) {
      return false;
    }
  }
}
