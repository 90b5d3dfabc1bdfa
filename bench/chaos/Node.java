package chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import parts.Findings;
import parts.Findings.Kind;
import parts.Processes;
import parts.Threads;
import parts.Wire;

/** One packaged node, with a network of its own to the database and to the broker. */
final class Node {
  private static final Duration START_MAX = Duration.ofSeconds(90);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(40);
  private static final int STARTS_MAX = 3;

  final String name;
  final int port;
  final Wire database;

  /** Null where the backplane needs no server. */
  final Wire broker;

  private final Findings findings;
  private final Program program;
  private final AtomicBoolean isHurt = new AtomicBoolean();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  Node(
      String name,
      int port,
      Wire database,
      Wire broker,
      Path folder,
      List<String> command,
      Findings findings)
      throws IOException {
    this.name = name;
    this.port = port;
    this.database = database;
    this.broker = broker;
    this.findings = findings;
    Files.createDirectories(folder);
    Map<String, String> environment =
        Map.of(
            "TIDELINE_DATA_DIR",
            folder.resolve("data").toString(),
            "QUARKUS_HTTP_HOST",
            "127.0.0.1",
            "QUARKUS_HTTP_PORT",
            String.valueOf(port));
    this.program = new Program(folder.resolve("server.log"), command, environment);
  }

  /** Takes it for a fault; false if it suffers one already. */
  boolean hurt() {
    return isHurt.compareAndSet(false, true);
  }

  void healed() {
    isHurt.set(false);
  }

  boolean isHealthy() {
    return !isHurt.get();
  }

  void start() throws IOException {
    program.start();
    awaitReady();
  }

  void kill() {
    program.kill();
  }

  void drain() {
    if (!program.end("TERM", DRAIN_MAX)) {
      findings.add(Kind.STUCK, name + " did not stop within " + DRAIN_MAX + " of SIGTERM");
      program.kill();
    }
  }

  void pause(long millis) {
    Optional<ProcessHandle> process = program.handle();
    process.ifPresent(it -> Processes.signal("STOP", List.of(it)));
    Threads.pause(millis);
    process.ifPresent(it -> Processes.signal("CONT", List.of(it)));
  }

  void end() {
    program.signal("CONT");
    program.killForGood();
  }

  /** Waits until it is ready; one that ends instead, or takes too long, is a finding. */
  void awaitReady() throws IOException {
    long until = System.nanoTime() + START_MAX.toNanos();
    for (int starts = 1; !isReady(); ) {
      boolean isLate = System.nanoTime() > until;
      if (isLate || !program.isAlive()) {
        String what = isLate ? "was not ready within " + START_MAX : "ended by itself";
        findings.add(Kind.STUCK, name + " " + what + ", see " + program.log());
        if (++starts > STARTS_MAX) {
          throw new IOException(name + " does not come back");
        }
        program.kill();
        program.start();
        until = System.nanoTime() + START_MAX.toNanos();
      }
      Threads.pause(50);
    }
  }

  private boolean isReady() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
            .timeout(Duration.ofSeconds(2))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts these threads", e);
    }
  }
}
