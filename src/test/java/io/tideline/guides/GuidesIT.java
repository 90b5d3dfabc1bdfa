package io.tideline.guides;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.Program;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The commands of the guides, as they stand there, against a packaged server in its first run. Only
 * the port and the path of the jar are other ones.
 */
@Needs({Program.BASH, Program.CURL})
class GuidesIT {
  private static final Duration SEEN_MAX = Duration.ofSeconds(30);
  private static final Path GUIDES = Path.of("docs/guides");

  private static PackagedServer server;

  @BeforeAll
  static void start() throws IOException {
    server = PackagedServer.start(Path.of("target/guides"));
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void theTenLinesOfTheReadme() throws IOException {
    String output = run(Path.of("README.md"));
    assertTrue(output.contains("\"status\":\"shipped\""), output);
  }

  @Test
  void quickStart() throws IOException {
    String output = run(GUIDES.resolve("quick-start.md"));
    assertTrue(output.contains("http://localhost:3000/#ey"), output);
    assertTrue(output.contains("201 {\"channel\":\"orders:42\""), output);
  }

  @Test
  void troubleshooting() throws IOException {
    assertTrue(run(GUIDES.resolve("troubleshooting.md")).contains("'me'"));
  }

  @Test
  @Needs(Program.OPENSSL)
  void keysOfADeployment() throws IOException {
    run(GUIDES.resolve("deployment.md"));
    assertTrue(
        Files.readString(server.directory().resolve("publickey.pem")).contains("PUBLIC KEY"));
  }

  @Test
  @Needs(Program.PSQL)
  void restore() throws Exception {
    server.publish("orders:1", "1");
    String before = get(server, "/v1/channels/orders:1").replaceAll(".*\"epoch\":\"|\".*", "");
    run(GUIDES.resolve("upgrade-and-backup.md"));
    await("the new epoch")
        .atMost(SEEN_MAX)
        .until(() -> !get(server, "/v1/channels/orders:1").contains(before));
  }

  /** Creates role and database as a superuser does, starts a node on it, and publishes by SQL. */
  @Test
  void ownPostgreSql() throws Exception {
    letTheSuperuserIn();
    List<String> statements = GuideCommands.of(GUIDES.resolve("deployment.md")).sql();
    try (Connection superuser = connect("postgres", "postgres", "")) {
      // The embedded database has a role and a database of the guide's names already.
      String renamed =
          statements
              .get(0)
              .replace("role tideline", "role guide")
              .replace("database tideline owner tideline", "database guide owner guide");
      assertTrue(renamed.contains("role guide") && renamed.contains("owner guide"), renamed);
      execute(superuser, renamed);
    }
    try (PackagedServer node =
        PackagedServer.start(
            Path.of("target/guides"),
            Map.of(
                "quarkus.datasource.reactive.url",
                "postgresql://127.0.0.1:" + databasePort() + "/guide",
                "quarkus.datasource.username",
                "guide",
                "quarkus.datasource.password",
                "change-me"))) {
      try (Connection superuser = connect("guide", "postgres", "")) {
        execute(superuser, statements.get(1));
      }
      try (Connection shop = connect("guide", "shop", "change-me-too")) {
        execute(shop, "select tideline.publish('orders:42', '{\"sold\":1}'::jsonb)");
      }
      await("the message from SQL")
          .atMost(SEEN_MAX)
          .until(() -> get(node, "/v1/channels/orders:42/messages").contains("\"sold\": 1"));
    }
  }

  private static String run(Path guide) throws IOException {
    GuideCommands.Outcome outcome = GuideCommands.of(guide).run(server);
    assertEquals(0, outcome.exitCode(), guide + ":\n" + outcome.output());
    return outcome.output();
  }

  private static void letTheSuperuserIn() throws IOException {
    Path cluster = server.directory().resolve("data/postgres/cluster");
    Files.writeString(
        cluster.resolve("pg_hba.conf"),
        "host all all 127.0.0.1/32 trust\n",
        StandardOpenOption.APPEND);
    String pid = Files.readAllLines(cluster.resolve("postmaster.pid")).get(0).strip();
    assertEquals(
        0, new ProcessBuilder("kill", "-HUP", pid).inheritIO().start().onExit().join().exitValue());
    await("the superuser may connect")
        .atMost(SEEN_MAX)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .untilAsserted(() -> connect("postgres", "postgres", "").close());
  }

  private static Connection connect(String database, String user, String password)
      throws SQLException, IOException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:" + databasePort() + "/" + database, user, password);
  }

  private static String databasePort() throws IOException {
    return Files.readString(server.directory().resolve("data/postgres/port")).strip();
  }

  private static void execute(Connection connection, String statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String each : statements.split(";\\s*\\n")) {
        statement.execute(each);
      }
    }
  }

  private static String get(PackagedServer from, String path)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(from.url() + path))
            .header("Authorization", "Bearer " + from.token())
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }
}
