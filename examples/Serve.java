// SPDX-License-Identifier: Apache-2.0
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Serves a directory to this machine's browsers: {@code java examples/Serve.java examples/page
 * 3000}. (From JDK 18 on, {@code jwebserver} does the same.)
 */
public final class Serve {
  private static final Map<String, String> TYPES =
      Map.of("html", "text/html", "js", "text/javascript", "css", "text/css");

  public static void main(String[] arguments) throws IOException {
    Path root = Path.of(arguments[0]).toRealPath();
    int port = Integer.parseInt(arguments[1]);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          Path file = root.resolve("." + (path.endsWith("/") ? path + "index.html" : path));
          // Nothing outside of the directory.
          boolean found = Files.isRegularFile(file) && file.toRealPath().startsWith(root);
          byte[] body = found ? Files.readAllBytes(file) : "Not found".getBytes();
          String ending = path.endsWith("/") ? "html" : path.replaceAll(".*\\.", "");
          exchange.getResponseHeaders().set("Content-Type", TYPES.getOrDefault(ending, "text/plain"));
          exchange.sendResponseHeaders(found ? 200 : 404, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    System.out.println("http://localhost:" + server.getAddress().getPort() + "/");
  }
}
