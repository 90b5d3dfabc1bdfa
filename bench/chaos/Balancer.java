package chaos;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import parts.Threads;

/** nginx in front of the nodes, with the configuration of {@code docs/load-balancers}. */
final class Balancer {
  private static final Path CONFIGURATION = Path.of("docs/load-balancers/nginx.conf");
  private static final Duration STOP_MAX = Duration.ofSeconds(5);
  private static final long START_MILLIS_MAX = 5_000;
  private static final int FIRST_NODE_PORT = 8081;

  private final int port;
  private final Program program;

  Balancer(Path folder, int port, List<Integer> nodePorts) throws IOException {
    this.port = port;
    Files.createDirectories(folder);
    Path configuration = folder.resolve("nginx.conf");
    Files.writeString(configuration, configuration(folder, port, nodePorts));
    this.program =
        new Program(
            folder.resolve("nginx.log"),
            List.of(
                "nginx",
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
                    + ";"),
            Map.of());
  }

  int port() {
    return port;
  }

  void start() throws IOException {
    program.start();
    for (long waited = 0; waited < START_MILLIS_MAX; waited += 50) {
      try (Socket socket = new Socket()) {
        socket.connect(Ports.address(port), 1_000);
        return;
      } catch (IOException notYet) {
        Threads.pause(50);
      }
    }
    throw new IOException("nginx doesn't listen, see " + program.log().getParent());
  }

  void reload() {
    program.signal("HUP");
  }

  void end() {
    if (!program.end("TERM", STOP_MAX)) {
      program.kill();
    }
  }

  private static String configuration(Path folder, int port, List<Integer> nodePorts)
      throws IOException {
    String text =
        Files.readString(CONFIGURATION)
            .replace("listen 8080;", "listen 127.0.0.1:" + port + ";")
            .replace(
                "http {",
                "http {\n  access_log off;\n"
                    + temporary("client_body", folder)
                    + temporary("proxy", folder)
                    + temporary("fastcgi", folder)
                    + temporary("uwsgi", folder)
                    + temporary("scgi", folder));
    for (int i = 0; i < nodePorts.size(); i++) {
      text = text.replace("127.0.0.1:" + (FIRST_NODE_PORT + i), "127.0.0.1:" + nodePorts.get(i));
    }
    return text;
  }

  private static String temporary(String what, Path folder) {
    return "  " + what + "_temp_path " + folder.resolve(what) + ";\n";
  }
}
