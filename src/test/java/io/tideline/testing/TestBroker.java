package io.tideline.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A real broker in a process of its own, from the system's packages: a test kills it, pauses it and
 * starts it again on its port. It ends with the JVM.
 */
public final class TestBroker implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(60);

  private final int port;
  private final Path directory;
  private final List<String> command;
  private final Map<String, String> environment;
  private Process process;

  private TestBroker(
      int port, Path directory, List<String> command, Map<String, String> environment) {
    this.port = port;
    this.directory = directory;
    this.command = command;
    this.environment = environment;
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
  }

  public static TestBroker redis() {
    int port = freePort();
    return new TestBroker(
        port,
        directory("redis", port),
        words(Program.REDIS.path() + " --bind 127.0.0.1 --save '' --appendonly no --port " + port),
        Map.of());
  }

  /** One that speaks TLS alone. */
  public static TestBroker redis(TestCertificate certificate) {
    int port = freePort();
    Path pem = certificate.pem().toAbsolutePath();
    return new TestBroker(
        port,
        directory("redis", port),
        words(
            Program.REDIS.path()
                + " --bind 127.0.0.1 --save '' --appendonly no --port 0 --tls-auth-clients no"
                + " --tls-port %d --tls-cert-file %s --tls-key-file %s --tls-ca-cert-file %s"
                    .formatted(port, pem, pem, pem)),
        Map.of());
  }

  public static TestBroker nats() {
    int port = freePort();
    return new TestBroker(
        port,
        directory("nats", port),
        words(Program.NATS.path() + " -a 127.0.0.1 -p " + port),
        Map.of());
  }

  /** One that speaks TLS alone. */
  public static TestBroker nats(TestCertificate certificate) {
    int port = freePort();
    Path pem = certificate.pem().toAbsolutePath();
    return new TestBroker(
        port,
        directory("nats", port),
        words(
            Program.NATS.path()
                + " -a 127.0.0.1 -p %d --tls --tlscert %s --tlskey %s".formatted(port, pem, pem)),
        Map.of());
  }

  public static TestBroker rabbitmq() {
    int port = freePort();
    Path directory = directory("rabbitmq", port);
    return new TestBroker(
        port,
        directory,
        List.of(Program.RABBITMQ.path().toString()),
        Map.ofEntries(
            Map.entry("HOME", directory.toString()),
            Map.entry("RABBITMQ_ALLOW_INPUT", "yes"),
            Map.entry("RABBITMQ_NODENAME", "tideline" + port + "@localhost"),
            Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
            Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port)),
            Map.entry("RABBITMQ_DIST_PORT", Integer.toString(freePort())),
            Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
            Map.entry("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
            Map.entry("RABBITMQ_CONFIG_FILE", directory.resolve("none").toString()),
            Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", directory.resolve("plugins").toString()),
            Map.entry("RABBITMQ_PID_FILE", directory.resolve("pid").toString()),
            Map.entry("RABBITMQ_MNESIA_BASE", directory.resolve("mnesia").toString()),
            Map.entry("RABBITMQ_LOG_BASE", directory.resolve("log").toString()),
            // So that the log comes to us, and one processor isn't spun on by idle schedulers.
            Map.entry("RABBITMQ_LOGS", "-"),
            Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1 +sbwt none")));
  }

  /**
   * PgBouncer, which is no broker but is started and killed like one, with the configuration that
   * {@code docs/pgbouncer.ini} gives its users; only addresses and the size of its pool differ.
   */
  public static TestBroker pgbouncer(
      URI database, String user, String password, int serverConnections) {
    int port = freePort();
    Path directory = directory("pgbouncer", port);
    Path users = directory.resolve("userlist.txt");
    String name = database.getPath().substring(1);
    try {
      Files.writeString(users, "\"" + user + "\" \"" + password + "\"\n");
      String text = Files.readString(Path.of("docs/pgbouncer.ini"));
      text =
          Balancer.replaced(
              text,
              "tideline = host=127.0.0.1 port=5432",
              name + " = host=127.0.0.1 port=" + database.getPort());
      text =
          Balancer.replaced(text, "listen_addr = *", "listen_addr = 127.0.0.1\nunix_socket_dir =");
      text = Balancer.replaced(text, "listen_port = 6432", "listen_port = " + port);
      text = Balancer.replaced(text, "/etc/pgbouncer/userlist.txt", users.toString());
      text =
          Balancer.replaced(
              text, "default_pool_size = 20", "default_pool_size = " + serverConnections);
      Files.writeString(directory.resolve("pgbouncer.ini"), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    boolean isRoot = System.getProperty("user.name").equals("root");
    return new TestBroker(
        port,
        directory,
        words(Program.PGBOUNCER.path() + (isRoot ? " -u nobody" : "") + " pgbouncer.ini"),
        Map.of());
  }

  public int port() {
    return port;
  }

  /** Starts it, again after {@link #kill}; returns when it accepts connections. */
  public void start() {
    try {
      ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.environment().putAll(environment);
      builder.redirectErrorStream(true);
      builder.redirectOutput(
          ProcessBuilder.Redirect.appendTo(directory.resolve("broker.log").toFile()));
      process = builder.start();
    } catch (IOException missing) {
      throw new UncheckedIOException(
          command.get(0) + " doesn't run; .ci/run installs what the tests need", missing);
    }
    long deadline = System.nanoTime() + START_MAX.toNanos();
    while (!accepts()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IllegalStateException("The broker didn't start, see " + directory);
      }
      pauseABit();
    }
  }

  /** As {@code kill -9}. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().orTimeout(START_MAX.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** The process stands still; its connections stay open, and nothing on them is answered. */
  public void pause() {
    signal("-STOP");
  }

  public void resume() {
    signal("-CONT");
  }

  @Override
  public void close() {
    if (process != null) {
      kill();
    }
  }

  private void signal(String signal) {
    try {
      new ProcessBuilder("sh", "-c", "kill " + signal + " " + process.pid()).start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static void pauseABit() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> words(String command) {
    return Arrays.stream(command.split(" ", -1)).map(word -> word.replace("'", "")).toList();
  }

  private static Path directory(String name, int port) {
    try {
      Path directory = Path.of("target/brokers/" + name + "-" + port).toAbsolutePath();
      return Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nobody listens there now. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
