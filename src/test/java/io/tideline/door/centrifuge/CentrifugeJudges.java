package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.Program;
import io.tideline.testing.Slow;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The judges of {@code src/test/centrifuge}: the published SDKs of the Centrifuge protocol against
 * two nodes of the packaged application. They mostly wait, so all of them run at once; then each
 * plays alone what kills or drains a node. What they print is below {@code target/centrifuge}.
 *
 * <p>They take some minutes and a quiet machine, so they have a command of their own: {@code ./mvnw
 * verify -Dit.test=CentrifugeJudges}.
 */
@Slow
@Needs({Program.NODE, Program.NPM, Program.CHROMIUM, Program.PYTHON, Program.GO, Program.CURL})
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class CentrifugeJudges {
  private static final Path DIRECTORY = Path.of("target/centrifuge").toAbsolutePath();
  private static final Path JUDGES = Path.of("src/test/centrifuge").toAbsolutePath();
  private static final String SECRET = "a secret of the judges, of 32 bytes and more";

  /** Which scenarios end a node; a name that a judge doesn't know is no fault. */
  private static final String ENDING = "node killed while a thousand are published,node shut down";

  private static final Map<Judge, Process> RUNNING = new EnumMap<>(Judge.class);

  /** Of the page that the browser opens: its origin must be allowed. */
  private static int pagePort;

  private static PackagedServer first;
  private static PackagedServer second;
  private static HttpServer control;

  /** A judge: its directory, how it is made ready, and its command. */
  enum Judge {
    NODE("node", "npm ci --ignore-scripts --no-audit --no-fund", "node judge.js"),
    FRAMES("node", "true", "node frames.js"),
    BROWSER("node", "true", "node browser.js"),
    PYTHON(
        "python",
        "python3 -m venv $BUILD/venv && $BUILD/venv/bin/pip install -q -r requirements.txt",
        "$BUILD/venv/bin/python judge.py"),
    GO("go", "go build -o $BUILD/go-judge .", "$BUILD/go-judge"),
    JAVA(
        "java",
        "../../../../mvnw -B -q process-classes",
        "$JAVA_HOME/bin/java -cp 'target/classes:target/lib/*' io.tideline.judge.Judge");

    private final String directory;
    private final String preparation;
    private final String command;

    Judge(String directory, String preparation, String command) {
      this.directory = directory;
      this.preparation = preparation;
      this.command = command;
    }

    private Path log(String part) {
      return DIRECTORY.resolve(name().toLowerCase(Locale.ROOT) + "-" + part + ".log");
    }

    private Process start(String part, String shell, Map<String, String> more) throws IOException {
      ProcessBuilder judge = new ProcessBuilder("sh", "-c", shell);
      judge.environment().putAll(more);
      judge.environment().put("BUILD", DIRECTORY.toString());
      judge.environment().put("JAVA_HOME", System.getProperty("java.home"));
      return judge
          .directory(JUDGES.resolve(directory).toFile())
          .redirectErrorStream(true)
          .redirectOutput(log(part).toFile())
          .start();
    }
  }

  @BeforeAll
  static void start() throws Exception {
    Files.createDirectories(DIRECTORY);
    for (Judge judge : Judge.values()) {
      passes(judge, "preparation", judge.start("preparation", judge.preparation, Map.of()));
    }
    try (ServerSocket free = new ServerSocket(0)) {
      pagePort = free.getLocalPort();
    }
    Path secret = Files.writeString(DIRECTORY.resolve("secret"), SECRET, UTF_8);
    Map<String, String> settings = settings(secret);
    first = PackagedServer.start(DIRECTORY, settings);
    second = PackagedServer.start(DIRECTORY, settings);
    control = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    control.createContext("/kill", exchange -> restart(exchange, first::kill));
    control.createContext("/drain", exchange -> restart(exchange, first::stop));
    control.start();
    for (Judge judge : Judge.values()) {
      RUNNING.put(judge, judge.start("judge", judge.command, environment()));
    }
  }

  private static Map<String, String> settings(Path secret) {
    Map<String, String> settings = new HashMap<>(new PostgresResource().start());
    String door = "tideline.doors.centrifuge.";
    settings.put(door + "enabled", "true");
    settings.put(door + "secret-file", secret.toString());
    settings.put(door + "subscribe", "chat:*,readonly:*,live:*");
    settings.put(door + "publish", "chat:*,secret:*,live:*");
    settings.put(door + "presence", "chat:*,secret:*,live:*");
    String namespaces = "tideline.namespaces.";
    settings.put(namespaces + "chat.presence", "true");
    settings.put(namespaces + "chat.sender", "true");
    settings.put(namespaces + "secret.presence", "true");
    settings.put(namespaces + "live.durability", "ephemeral");
    settings.put(namespaces + "live.slow-consumer", "drop-oldest");
    settings.put("tideline.limits.publishes-per-subject", "100000");
    settings.put("tideline.limits.unauthenticated", "4s");
    settings.put("tideline.live.ping", "2s");
    settings.put("tideline.live.pong", "2s");
    settings.put("tideline.drain.window", "1s");
    settings.put("tideline.origins", "http://127.0.0.1:" + pagePort);
    return settings;
  }

  private static Map<String, String> environment() {
    return Map.of(
        "CENTRIFUGE_SERVER",
        "tideline",
        "CENTRIFUGE_BACKEND",
        "tideline",
        "CENTRIFUGE_URL",
        socket(first) + "," + socket(second),
        "CENTRIFUGE_HTTP",
        first.url().toString(),
        "CENTRIFUGE_SECRET",
        SECRET,
        "CENTRIFUGE_BEARER",
        TestTokens.allAs("backend"),
        "CENTRIFUGE_PAGE_PORT",
        Integer.toString(pagePort),
        "CENTRIFUGE_DURABLE",
        "true",
        "CENTRIFUGE_PATIENT",
        "true");
  }

  private static String socket(PackagedServer server) {
    return "ws://127.0.0.1:" + server.url().getPort() + CentrifugeDoor.PATH;
  }

  private static void restart(HttpExchange exchange, Runnable end) throws IOException {
    end.run();
    first.start();
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }

  @AfterAll
  static void stop() {
    RUNNING.values().forEach(Process::destroy);
    if (control != null) {
      control.stop(0);
    }
    if (first != null) {
      first.close();
    }
    if (second != null) {
      second.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsNoFault(Judge judge) throws InterruptedException {
    passes(judge, "judge", RUNNING.get(judge));
  }

  /** The browser and the frames have no scenario of this kind. */
  @ParameterizedTest
  @EnumSource(names = {"NODE", "PYTHON", "GO", "JAVA"})
  void findsNothingLostWhereANodeEnds(Judge judge) throws Exception {
    for (Process other : RUNNING.values()) {
      other.waitFor();
    }
    Map<String, String> environment = new HashMap<>(environment());
    String curl = "curl -fsS -X POST http://127.0.0.1:" + control.getAddress().getPort();
    environment.put("CENTRIFUGE_RESTART", curl + "/kill");
    environment.put("CENTRIFUGE_DRAIN", curl + "/drain");
    environment.put("CENTRIFUGE_ONLY", ENDING);
    environment.put("CENTRIFUGE_ENCODING", "json");
    passes(judge, "ending", judge.start("ending", judge.command, environment));
  }

  private static void passes(Judge judge, String part, Process process)
      throws InterruptedException {
    assertEquals(0, process.waitFor(), () -> "see " + judge.log(part));
  }
}
