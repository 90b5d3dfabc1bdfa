// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The demonstration, until Ctrl-C: it builds the server if that is needed, runs it, and runs {@code
 * MachineFigures.java} beside it. Kill the server with {@code kill -9}: it is started again, and
 * the charts have no hole, as the figures wait in the other program. {@code ./mvnw -Pdemo} runs it.
 */
public final class Demo {
  private static final Path JAR = Path.of("target", "quarkus-app", "quarkus-run.jar");
  private static final List<Path> SOURCES =
      List.of(Path.of("pom.xml"), Path.of("src", "main"), Path.of("clients", "javascript"));
  private static final Duration STARTED_AFTER = Duration.ofSeconds(20);
  private static final Duration STOP_MAX = Duration.ofSeconds(90);
  private static final int PORT_DEFAULT = 8080;
  private static final int POLL_MS = 200;
  private static final int PROGRESS_S = 30;

  private final int port;
  private Process server;
  private Process figures;
  private boolean isStopping;

  private Demo(int port) {
    this.port = port;
  }

  /** Takes Maven's home directory, for the build. */
  public static void main(String[] arguments) throws Exception {
    int port =
        Optional.ofNullable(System.getenv("QUARKUS_HTTP_PORT"))
            .map(Integer::parseInt)
            .orElse(PORT_DEFAULT);
    requireFree(port);
    if (isStale()) build(arguments[0]);
    Demo demo = new Demo(port);
    Runtime.getRuntime().addShutdownHook(new Thread(demo::stop));
    System.out.println(
        "Starting. Ctrl-C ends it; it starts again by: java -jar " + JAR + " (without figures)");
    daemon(demo::publishFigures);
    System.exit(demo.serve());
  }

  private static void requireFree(int port) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException taken) {
      System.err.printf(
          "Port %d is in use. What to do: stop the program that uses it, or choose another port:%n"
              + "  QUARKUS_HTTP_PORT=%d ./mvnw -Pdemo%n",
          port, port + 1000);
      System.exit(1);
    }
  }

  /** Whether a source is newer than what was built from it. */
  private static boolean isStale() throws IOException {
    if (!Files.exists(JAR)) return true;
    FileTime built = Files.getLastModifiedTime(JAR);
    for (Path source : SOURCES) {
      try (Stream<Path> files = Files.walk(source)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          boolean isBuilt = !file.toString().contains("node_modules");
          if (isBuilt && Files.getLastModifiedTime(file).compareTo(built) > 0) return true;
        }
      }
    }
    return false;
  }

  private static void build(String mavenHome) throws IOException, InterruptedException {
    boolean isWindows = System.getProperty("os.name").startsWith("Windows");
    List<String> command = new ArrayList<>();
    command.add(Path.of(mavenHome, "bin", isWindows ? "mvn.cmd" : "mvn").toString());
    command.addAll(List.of("-q", "-ntp", "-P!strict", "package"));
    command.addAll(List.of("-Dmaven.test.skip=true", "-Dcyclonedx.skip=true"));
    System.out.println(
        "Building. The first time this takes some minutes, as Maven downloads 300 MB.");
    long begin = System.nanoTime();
    ScheduledExecutorService progress = Executors.newSingleThreadScheduledExecutor(Demo::thread);
    progress.scheduleAtFixedRate(
        () -> System.out.printf("  … %d s%n", seconds(begin)), PROGRESS_S, PROGRESS_S, TimeUnit.SECONDS);
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    int code = builder.start().waitFor();
    progress.shutdownNow();
    if (code != 0) {
      System.err.println("The build failed; its message stands above.");
      System.exit(code);
    }
    System.out.printf("Built in %d s.%n", seconds(begin));
  }

  private static long seconds(long since) {
    return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - since);
  }

  /** Runs the server, again if it was killed, and returns the exit code of one that ended itself. */
  private int serve() throws IOException, InterruptedException {
    while (true) {
      long begin = System.nanoTime();
      Process started = start(List.of(java(), "-jar", JAR.toString()));
      synchronized (this) {
        server = started;
      }
      int code = started.waitFor();
      boolean wasKilled = code != 0 && seconds(begin) >= STARTED_AFTER.toSeconds();
      if (isStopping() || !wasKilled) return code;
      System.out.println("The server ended with " + code + "; starting it again.");
    }
  }

  private synchronized boolean isStopping() {
    return isStopping;
  }

  private void publishFigures() {
    try {
      while (true) {
        awaitServer();
        Process started = start(List.of(java(), "examples/MachineFigures.java"));
        synchronized (this) {
          figures = started;
        }
        System.err.println("MachineFigures ended with " + started.waitFor() + "; starting it again.");
        Thread.sleep(TimeUnit.SECONDS.toMillis(10));
      }
    } catch (IOException failed) {
      System.err.println("MachineFigures can't be run, so the charts stay empty: " + failed);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void awaitServer() throws InterruptedException {
    while (true) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException notYet) {
        Thread.sleep(POLL_MS);
      }
    }
  }

  private Process start(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().put("TIDELINE_URL", "http://127.0.0.1:" + port);
    return builder.start();
  }

  /** The server ends its connections and its database in order: that may take a moment. */
  private void stop() {
    List<Process> running = new ArrayList<>();
    synchronized (this) {
      isStopping = true;
      if (figures != null) running.add(figures);
      if (server != null) running.add(server);
    }
    running.forEach(Process::destroy);
    try {
      for (Process process : running) process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private static void daemon(Runnable work) {
    thread(work).start();
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work);
    thread.setDaemon(true);
    return thread;
  }
}
