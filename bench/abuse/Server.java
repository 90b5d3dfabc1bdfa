package abuse;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.TimeUnit;

/** The packaged server in a new directory, in first-run mode: its key is there, to sign tokens with. */
final class Server implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(90);

  private final Path folder;
  private final int port;
  private final Process process;

  private Server(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  static Server start(Path jar, String heap) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("abuse-");
    int port = freePort();
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + heap,
            "-jar",
            jar.toAbsolutePath().toString());
    java.environment().put("QUARKUS_HTTP_PORT", String.valueOf(port));
    java.environment().put("TIDELINE_DATA_DIR", folder.resolve("data").toString());
    java.directory(folder.toFile());
    java.redirectErrorStream(true).redirectOutput(folder.resolve("server.log").toFile());
    Server server = new Server(folder, port, java.start());
    Runtime.getRuntime().addShutdownHook(new Thread(server.process::destroy));
    server.awaitReady();
    return server;
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  Path log() {
    return folder.resolve("server.log");
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** MiB that the process holds in memory. */
  long residentMiB() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new IOException("no VmRSS of " + process.pid());
  }

  /** A token that is good for an hour; {@code grants} is the claim, as JSON. */
  String token(String subject, String grants) throws IOException, GeneralSecurityException {
    long now = Instant.now().getEpochSecond();
    String claims =
        "{\"iss\":\"tideline\",\"aud\":\"tideline\",\"sub\":\"%s\",\"iat\":%d,\"exp\":%d,\"tideline\":%s}"
            .formatted(subject, now - 1, now + 3600, grants);
    String content = base64("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + base64(claims);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(key());
    signature.update(content.getBytes(StandardCharsets.US_ASCII));
    return content + "." + base64(signature.sign());
  }

  private PrivateKey key() throws IOException, GeneralSecurityException {
    String pem = Files.readString(folder.resolve("data").resolve("first-run-key.pem"));
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]+-----", ""));
    return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private void awaitReady() throws IOException, InterruptedException {
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest ready = HttpRequest.newBuilder(url().resolve("/q/health/ready")).build();
    long deadline = System.nanoTime() + START_MAX.toNanos();
    while (true) {
      try {
        if (http.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (IOException notYet) {
        // it is still starting
      }
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new IOException("the server didn't start, see " + log());
      }
      Thread.sleep(200);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 60, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }
}
