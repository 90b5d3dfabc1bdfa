package soak;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import parts.Findings;
import parts.Findings.Kind;
import parts.Processes;
import parts.Threads;

/**
 * The packaged server, run in a data directory of its own, and the PostgreSQL that it runs there.
 * Signals go to these two alone: the database is known by its working directory, which must lie
 * under that data directory.
 */
final class Server {
  static final Duration START_MAX = Duration.ofSeconds(60);
  static final Duration STOP_MAX = Duration.ofSeconds(30);
  private static final Duration DATABASE_RESTART_MAX = Duration.ofSeconds(30);

  /** Smaller than a page of PostgreSQL: nothing of that size remains. */
  private static final int BALLAST_BYTES = 4096;

  private final Path jar;
  private final Path folder;
  private final List<String> jvmOptions;
  private final int port;
  private final Findings findings;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Process process;

  Server(Path jar, Path folder, List<String> jvmOptions, Findings findings) throws IOException {
    this.jar = jar;
    this.folder = folder;
    this.jvmOptions = jvmOptions;
    this.findings = findings;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      this.port = free.getLocalPort();
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  String adminToken() throws IOException {
    return Files.readString(data().resolve("admin.token")).strip();
  }

  Path log() {
    return folder.resolve("server.log");
  }

  /** Starts the server and waits until it says that it is ready. */
  void start() throws IOException {
    launch();
    awaitReady();
  }

  void launch() throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmOptions);
    command.addAll(List.of("-jar", jar.toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.redirectInput(new File("/dev/null"));
    builder.environment().put("TIDELINE_DATA_DIR", data().toString());
    builder.environment().put("QUARKUS_HTTP_HOST", "127.0.0.1");
    builder.environment().put("QUARKUS_HTTP_PORT", String.valueOf(port));
    process = builder.start();
  }

  /**
   * Waits until the server is ready; one that ends instead, or takes too long, is a finding and is
   * started anew.
   */
  void awaitReady() throws IOException {
    long until = System.nanoTime() + START_MAX.toNanos();
    while (!ready()) {
      boolean late = System.nanoTime() > until;
      if (late || !process.isAlive()) {
        String what =
            late
                ? "was not ready within " + START_MAX
                : "ended with " + process.exitValue() + " at start";
        findings.add(Kind.STUCK, "the server " + what + ", see " + log());
        if (findings.count(Kind.STUCK) > 5) {
          throw new IOException("the server does not come back: " + what);
        }
        kill();
        launch();
        until = System.nanoTime() + START_MAX.toNanos();
      }
      Threads.pause(50);
    }
  }

  void kill() {
    process.destroyForcibly();
    Processes.await(process.toHandle(), STOP_MAX);
  }

  void stop() {
    process.destroy();
    if (!Processes.await(process.toHandle(), STOP_MAX)) {
      findings.add(Kind.STUCK, "the server did not stop within " + STOP_MAX + " of SIGTERM");
      kill();
    }
  }

  /** Ends everything that was started here, whatever state it is in. */
  void end() {
    if (process != null && process.isAlive()) {
      process.destroy();
      if (!Processes.await(process.toHandle(), STOP_MAX)) {
        kill();
      }
    }
    database().ifPresent(postmaster -> Processes.signal("QUIT", List.of(postmaster)));
    for (long waited = 0; waited < STOP_MAX.toMillis() && database().isPresent(); waited += 50) {
      Threads.pause(50);
    }
  }

  void crashDatabase() {
    database().ifPresent(postmaster -> Processes.signal("QUIT", List.of(postmaster)));
  }

  void killBackend() {
    database()
        .flatMap(postmaster -> postmaster.children().filter(Server::isClientBackend).findFirst())
        .ifPresent(backend -> Processes.signal("KILL", List.of(backend)));
  }

  void freezeDatabase(long millis) {
    Optional<ProcessHandle> postmaster = database();
    if (postmaster.isEmpty()) {
      return;
    }
    List<ProcessHandle> all = Processes.freeze(postmaster.get());
    Threads.pause(millis);
    Processes.signal("CONT", all);
  }

  /** Whatever becomes free meanwhile is taken too. */
  void fillDisk(long millis) throws IOException {
    Path ballast = folder.resolve("ballast");
    byte[] some = new byte[BALLAST_BYTES];
    long until = System.nanoTime() + millis * 1_000_000;
    try (OutputStream out = Files.newOutputStream(ballast)) {
      while (System.nanoTime() < until) {
        try {
          out.write(some);
        } catch (IOException full) {
          Threads.pause(20);
        }
      }
    } finally {
      Files.delete(ballast);
    }
  }

  void awaitOtherDatabase(Optional<ProcessHandle> before) {
    long until = System.nanoTime() + DATABASE_RESTART_MAX.toNanos();
    while (database().isEmpty() || database().equals(before)) {
      if (System.nanoTime() > until) {
        findings.add(Kind.STUCK, "PostgreSQL was not started again within " + DATABASE_RESTART_MAX);
        return;
      }
      Threads.pause(50);
    }
  }

  /** The postmaster under the data directory, if one runs. */
  Optional<ProcessHandle> database() {
    if (!Files.isDirectory(data())) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.find(data(), 5, (path, a) -> path.endsWith("postmaster.pid"))) {
      return files.flatMap(file -> postmaster(file).stream()).findFirst();
    } catch (IOException | UncheckedIOException comingOrGoing) {
      return Optional.empty();
    }
  }

  void deleteFolder() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }

  private Path data() {
    return folder.resolve("data");
  }

  private boolean ready() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/health/ready"))
            .timeout(Duration.ofSeconds(2))
            .build();
    try {
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200
          && Files.exists(data().resolve("admin.token"));
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts these threads", e);
    }
  }

  private static Optional<ProcessHandle> postmaster(Path pidFile) {
    try {
      long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
      Path workingDirectory = Path.of("/proc/" + pid + "/cwd").toRealPath();
      return workingDirectory.equals(pidFile.getParent().toRealPath())
          ? ProcessHandle.of(pid)
          : Optional.empty();
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException staleOrHalfWritten) {
      return Optional.empty();
    }
  }

  /**
   * PostgreSQL writes what a process is for over its arguments: {@code postgres: user database
   * host(port) state}.
   */
  private static boolean isClientBackend(ProcessHandle child) {
    try {
      return Files.readString(Path.of("/proc/" + child.pid() + "/cmdline")).contains("127.0.0.1(");
    } catch (IOException gone) {
      return false;
    }
  }
}
