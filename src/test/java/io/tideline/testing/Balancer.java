package io.tideline.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A load balancer with the configuration that {@code docs/load-balancers} gives its users; only
 * addresses, the time of idleness and the number of connections differ.
 */
public final class Balancer implements AutoCloseable {
  private static final Path CONFIGURATIONS = Path.of("docs/load-balancers");
  private static final int FIRST_NODE_PORT = 8081;
  private static final Duration START_MAX = Duration.ofSeconds(10);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);

  private static final Duration IDLE_CONFIGURED = Duration.ofSeconds(75);

  private final int port;
  private final Process process;

  private Balancer(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /** Those that are tested. */
  public enum Kind {
    NGINX("nginx.conf", "listen 8080;", "listen 127.0.0.1:%d;") {
      @Override
      String adapt(String configuration, Path folder) {
        StringBuilder own = new StringBuilder("http {\n  access_log off;\n");
        for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
          own.append("  ").append(kind).append("_temp_path ").append(folder.resolve(kind));
          own.append(";\n");
        }
        return configuration.replace("http {", own);
      }

      @Override
      List<String> command(Path configuration, Path folder) {
        return List.of(
            Program.NGINX.path().toString(),
            "-p",
            folder.toString(),
            "-c",
            configuration.toString(),
            "-e",
            folder.resolve("error.log").toString(),
            "-g",
            "daemon off; user "
                + System.getProperty("user.name")
                + "; pid "
                + folder.resolve("nginx.pid")
                + ";");
      }
    },
    HAPROXY("haproxy.cfg", "bind :8080", "bind 127.0.0.1:%d") {
      @Override
      String adapt(String configuration, Path folder) {
        // It doesn't start where it may not open two files for each of so many.
        return replaced(configuration, "maxconn 65536", "maxconn 6000");
      }

      @Override
      List<String> command(Path configuration, Path folder) {
        return List.of(Program.HAPROXY.path().toString(), "-db", "-f", configuration.toString());
      }
    };

    private final String file;
    private final String entrance;
    private final String entranceHere;

    Kind(String file, String entrance, String entranceHere) {
      this.file = file;
      this.entrance = entrance;
      this.entranceHere = entranceHere;
    }

    /** Keeps it from writing anywhere but in its folder. */
    abstract String adapt(String configuration, Path folder);

    abstract List<String> command(Path configuration, Path folder);
  }

  /** Starts it in front of these nodes, of which there are as many as in the configuration. */
  public static Balancer start(Kind kind, Path parent, List<Integer> nodePorts) throws IOException {
    return start(kind, parent, nodePorts, IDLE_CONFIGURED);
  }

  /** Likewise, and connections may be idle so long instead of what the configuration says. */
  public static Balancer start(Kind kind, Path parent, List<Integer> nodePorts, Duration idleMax)
      throws IOException {
    Files.createDirectories(parent);
    Path folder = Files.createTempDirectory(parent.toAbsolutePath(), kind.file + "-");
    int port = freePort();
    String text = Files.readString(CONFIGURATIONS.resolve(kind.file));
    text = replaced(text, kind.entrance, kind.entranceHere.formatted(port));
    text = replaced(text, IDLE_CONFIGURED.toSeconds() + "s", idleMax.toSeconds() + "s");
    for (int i = 0; i < nodePorts.size(); i++) {
      text = replaced(text, "127.0.0.1:" + (FIRST_NODE_PORT + i), "127.0.0.1:" + nodePorts.get(i));
    }
    Path configuration = folder.resolve(kind.file);
    Files.writeString(configuration, kind.adapt(text, folder));
    Process process =
        new ProcessBuilder(kind.command(configuration, folder))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output.log").toFile())
            .start();
    Balancer balancer = new Balancer(port, process);
    Awaitility.await("a listening balancer, see " + folder)
        .atMost(START_MAX)
        .pollInterval(Duration.ofMillis(50))
        .until(balancer::isListening);
    return balancer;
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(STOP_MAX.toSeconds(), TimeUnit.SECONDS).join();
  }

  private boolean isListening() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  static String replaced(String text, String what, String by) {
    if (!text.contains(what)) {
      throw new IllegalStateException("the configuration has no '" + what + "'");
    }
    return text.replace(what, by);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
