package io.tideline.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * The packaged application in a process of its own, which a test may kill and start again: its port
 * and its data stay. It is the native executable where {@code native.image.path} names one, as in
 * {@code verify -Dnative}, else the jar.
 */
public final class PackagedServer implements AutoCloseable {
  private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();
  private static final String EXECUTABLE = System.getProperty("native.image.path");
  private static final Duration START_MAX = Duration.ofMinutes(2);
  private static final Duration STOP_MAX = Duration.ofMinutes(1);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PUBLISH_MAX = Duration.ofSeconds(30);
  private static final String READY = "/q/health/ready";
  private static final String LIVE = "/q/health/live";
  private static final Set<Integer> PASSING = Set.of(429, 503, 504);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path directory;
  private final URI url;
  private final Map<String, String> settings;
  private final Map<String, String> environment;
  private Process process;

  private PackagedServer(
      Path directory, URI url, Map<String, String> settings, Map<String, String> environment) {
    this.directory = directory;
    this.url = url;
    this.settings = settings;
    this.environment = environment;
  }

  /**
   * Starts an application whose data and log are kept in the directory, anew for each run of the
   * tests.
   */
  public static PackagedServer start(Path parent) throws IOException {
    return start(parent, Map.of());
  }

  /** Likewise, configured by these settings; with a datasource it may be one node of several. */
  public static PackagedServer start(Path parent, Map<String, String> settings) throws IOException {
    return start(parent, settings, Map.of());
  }

  /** Likewise, with these variables in its environment. */
  public static PackagedServer start(
      Path parent, Map<String, String> settings, Map<String, String> environment)
      throws IOException {
    PackagedServer server = made(parent, settings, environment);
    server.start();
    return server;
  }

  /** Likewise, and returns as soon as it is live: a part that it needs may be away. */
  public static PackagedServer startLive(Path parent, Map<String, String> settings)
      throws IOException {
    PackagedServer server = made(parent, settings, Map.of());
    server.launch();
    server.await(LIVE);
    return server;
  }

  private static PackagedServer made(
      Path parent, Map<String, String> settings, Map<String, String> environment)
      throws IOException {
    Files.createDirectories(parent);
    Path directory = Files.createTempDirectory(parent, "run-");
    URI url = URI.create("http://127.0.0.1:" + freePort());
    return new PackagedServer(directory.toAbsolutePath(), url, settings, environment);
  }

  public URI url() {
    return url;
  }

  /** Where it runs, with its data in {@code data}. */
  public Path directory() {
    return directory;
  }

  /** What it has logged so far, over all its starts. */
  public String logged() throws IOException {
    return Files.readString(log());
  }

  public boolean isReady() {
    return isUp(READY);
  }

  public boolean isLive() {
    return isUp(LIVE);
  }

  /** What it says of a meter that is written so, labels included. */
  public double meter(String name) throws IOException {
    String meters = send(HttpRequest.newBuilder(url.resolve("/q/metrics"))).body();
    return meters
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .findFirst()
        .map(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .orElseThrow(() -> new IllegalStateException("no " + name + " in " + meters));
  }

  /** The token of the first run, with all grants. */
  public String token() throws IOException {
    return Files.readString(data().resolve("admin.token")).strip();
  }

  /** Publishes once, and repeats it under one key for as long as the server asks for patience. */
  public void publish(String channel, String json) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve("/v1/channels/" + channel + "/messages"))
            .header("Authorization", "Bearer " + token())
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .POST(HttpRequest.BodyPublishers.ofString(json));
    long deadline = System.nanoTime() + PUBLISH_MAX.toNanos();
    HttpResponse<String> answer = send(request);
    while (PASSING.contains(answer.statusCode()) && System.nanoTime() < deadline) {
      pauseABit();
      answer = send(request);
    }
    if (answer.statusCode() != 201) {
      throw new IllegalStateException(answer.statusCode() + " " + answer.body());
    }
  }

  public void start() throws IOException {
    launch();
    await(READY);
  }

  private void launch() throws IOException {
    ProcessBuilder server = new ProcessBuilder(command());
    server.environment().putAll(environment);
    server.environment().put("QUARKUS_HTTP_PORT", String.valueOf(url.getPort()));
    server.environment().put("TIDELINE_DATA_DIR", data().toString());
    // Its own directory: no configuration or examples of the one in which the tests run.
    server.directory(directory.toFile());
    server.redirectErrorStream(true);
    server.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    process = server.start();
  }

  /** What a shell runs to start the packaged application, from any directory. */
  public static String program() {
    return EXECUTABLE != null ? EXECUTABLE : "java -jar " + JAR;
  }

  private List<String> command() {
    List<String> options = new ArrayList<>(List.of("-Xmx256m"));
    settings.forEach((name, value) -> options.add("-D" + name + "=" + value));
    if (EXECUTABLE != null) {
      options.add(0, EXECUTABLE);
    } else {
      options.add(0, javaExecutable());
      options.addAll(List.of("-jar", JAR.toString()));
    }
    return options;
  }

  /** As {@code kill -9}: nothing is told, flushed or closed. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().orTimeout(STOP_MAX.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** SIGSTOP: it stands still, and nobody else is told. */
  public void pause() throws IOException {
    signal("STOP");
  }

  /** SIGCONT: it goes on as if nothing had been. */
  public void resume() throws IOException {
    signal("CONT");
  }

  private void signal(String name) throws IOException {
    Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid()).start();
    if (kill.onExit().orTimeout(STOP_MAX.toSeconds(), TimeUnit.SECONDS).join().exitValue() != 0) {
      throw new IOException("no process to send SIG" + name);
    }
  }

  /** As a deployment does: SIGTERM, and the process has its time. */
  public void terminate() {
    process.destroy();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM, and returns when it is over; it can be started again. */
  public void stop() {
    terminate();
    process.onExit().orTimeout(STOP_MAX.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    stop();
  }

  private void await(String health) throws IOException {
    long deadline = System.nanoTime() + START_MAX.toNanos();
    while (!isUp(health)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new IOException("The application didn't start, see " + log());
      }
      pauseABit();
    }
  }

  private boolean isUp(String health) {
    try {
      return send(HttpRequest.newBuilder(url.resolve(health))).statusCode() == 200;
    } catch (IOException notYet) {
      return false;
    }
  }

  private HttpResponse<String> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(request.timeout(ANSWER_MAX).build(), HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private Path data() {
    return directory.resolve("data");
  }

  private Path log() {
    return directory.resolve("server.log");
  }

  private static void pauseABit() throws IOException {
    try {
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private static String javaExecutable() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
