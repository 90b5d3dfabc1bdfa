package io.tideline.embedded;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tideline.testing.Slow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real server, started, stopped, killed and found again. */
@Slow
class EmbeddedPostgresTest {
  private static final Path BINARIES = Path.of("target/postgres-binaries");
  private static final Duration COMES_BACK_WITHIN = Duration.ofSeconds(30);

  @TempDir Path directory;

  @Test
  void runsDurablyOnLoopbackWithAnOrdinaryRole() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      assertEquals("on", query(postgres, "show fsync"));
      assertEquals("on", query(postgres, "show synchronous_commit"));
      assertEquals("on", query(postgres, "show full_page_writes"));
      assertEquals("on", query(postgres, "show data_checksums"));
      assertEquals("127.0.0.1", query(postgres, "show listen_addresses"));
      assertEquals("UTF8", query(postgres, "show server_encoding"));
      assertEquals(
          "C", query(postgres, "select datcollate from pg_database where datname = 'tideline'"));
      assertEquals(
          "tideline/tideline", query(postgres, "select current_database() || '/' || current_user"));
      assertEquals(
          "f", query(postgres, "select rolsuper from pg_roles where rolname = 'tideline'"));
    }
  }

  @Test
  void letsNobodyInWithoutThePassword() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      EmbeddedPostgres.Address address = postgres.address();
      assertThrows(
          SQLException.class,
          () -> DriverManager.getConnection(address.jdbcUrl(), "tideline", "guessed").close());
      assertThrows(
          SQLException.class,
          () ->
              DriverManager.getConnection(address.jdbcUrl(), "postgres", address.password())
                  .close());
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(
              Files.getPosixFilePermissions(directory.resolve("password"))));
      assertFalse(address.toString().contains(address.password()));
    }
  }

  @Test
  void keepsRowsAndAddressOverARestart() throws Exception {
    EmbeddedPostgres.Address first;
    try (EmbeddedPostgres postgres = start()) {
      first = postgres.address();
      storeARow(postgres);
    }
    assertEquals(List.of(), Postmaster.runningOn(cluster()).stream().toList());
    try (EmbeddedPostgres postgres = start()) {
      assertEquals(first, postgres.address());
      assertEquals("kept", theRow(postgres));
    }
  }

  @Test
  void movesToAnotherPortIfItsOwnWasTakenMeanwhile() throws Exception {
    int port;
    try (EmbeddedPostgres postgres = start()) {
      port = postgres.address().port();
    }
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        EmbeddedPostgres postgres = start()) {
      assertTrue(taken.isBound());
      assertNotEquals(port, postgres.address().port());
      assertEquals("1", query(postgres, "select 1"));
    }
  }

  @Test
  void attachesToTheServerThatAKilledLauncherLeft() throws Exception {
    try (Launcher launcher = Launcher.on(directory, BINARIES)) {
      long server = launcher.awaitServer();
      launcher.kill();
      assertTrue(ProcessHandle.of(server).orElseThrow().isAlive());
      try (EmbeddedPostgres postgres = start()) {
        assertEquals("1", query(postgres, "select 1"));
        assertEquals(server, serverPid());
      }
    }
    assertEquals(List.of(), Postmaster.runningOn(cluster()).stream().toList());
  }

  @Test
  void startsAnewWhereLauncherAndServerWereKilled() throws Exception {
    try (Launcher launcher = Launcher.on(directory, BINARIES)) {
      long server = launcher.awaitServer();
      launcher.kill();
      ProcessHandle.of(server).orElseThrow().destroyForcibly();
      await().atMost(COMES_BACK_WITHIN).until(() -> Postmaster.runningOn(cluster()).isEmpty());
      try (EmbeddedPostgres postgres = start()) {
        assertEquals("1", query(postgres, "select 1"));
        assertNotEquals(server, serverPid());
      }
    }
  }

  @Test
  void isNotFooledByAStrangerWhoGotTheProcessIdOfADeadServer() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      storeARow(postgres);
    }
    Process stranger = new ProcessBuilder("sleep", "60").start();
    try {
      writePostmasterFile(stranger.pid());
      try (EmbeddedPostgres postgres = start()) {
        assertEquals("kept", theRow(postgres));
        assertNotEquals(stranger.pid(), serverPid());
      }
      assertTrue(stranger.isAlive());
    } finally {
      stranger.destroyForcibly();
    }
  }

  /** So it goes where user namespaces are refused to root: another user owns the cluster. */
  @Test
  void runsAsWhoeverOwnsTheClusterIfWeAreRoot() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      storeARow(postgres);
    }
    assumeTrue(Directories.owner(cluster()) == Unprivileged.ROOT, "only root can run as others");
    Directories.give(cluster(), Unprivileged.NOBODY, Unprivileged.NOBODY);
    try (EmbeddedPostgres postgres = start()) {
      assertEquals("kept", theRow(postgres));
      assertEquals(
          Unprivileged.NOBODY, Directories.owner(Path.of("/proc", Long.toString(serverPid()))));
      new PostgresControl(directory).crash();
      awaitTheRow(postgres);
    }
    assertEquals(Unprivileged.NOBODY, Directories.owner(cluster()));
  }

  @Test
  void refusesASecondLauncherOnTheSameDirectory() throws Exception {
    try (Launcher launcher = Launcher.on(directory, BINARIES)) {
      launcher.awaitServer();
      String message = assertThrows(EmbeddedPostgresException.class, this::start).getMessage();
      assertTrue(message.contains("Another Tideline runs on"), message);
    }
    try (EmbeddedPostgres first = start()) {
      assertThrows(EmbeddedPostgresException.class, this::start);
      assertEquals("1", query(first, "select 1"));
    }
  }

  @Test
  void bringsACrashedServerBackOnTheSamePort() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      storeARow(postgres);
      long before = serverPid();
      new PostgresControl(directory).crash();
      awaitTheRow(postgres);
      assertNotEquals(before, serverPid());
    }
  }

  @Test
  void bringsAKilledServerBackOnTheSamePort() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      storeARow(postgres);
      ProcessHandle.of(serverPid()).orElseThrow().destroyForcibly();
      awaitTheRow(postgres);
    }
  }

  @Test
  void leavesTheServerDownWhileOnHold() throws Exception {
    try (EmbeddedPostgres postgres = start()) {
      storeARow(postgres);
      PostgresControl control = new PostgresControl(directory);
      control.takeAway();
      Thread.sleep(1_000);
      assertThrows(SQLException.class, () -> query(postgres, "select 1"));
      control.giveBack();
      awaitTheRow(postgres);
    }
  }

  @Test
  void opensWithANewPasswordIfTheOldOneWasLost() throws Exception {
    String lost;
    try (EmbeddedPostgres postgres = start()) {
      storeARow(postgres);
      lost = postgres.address().password();
    }
    Files.delete(directory.resolve("password"));
    try (EmbeddedPostgres postgres = start()) {
      assertNotEquals(lost, postgres.address().password());
      assertEquals("kept", theRow(postgres));
    }
  }

  @Test
  void forgetsWhatAKilledLauncherLeftHalfMade() throws Exception {
    Files.createDirectories(directory.resolve("creating-1"));
    Files.writeString(directory.resolve("creating-1/PG_VERSION"), "18");
    try (EmbeddedPostgres postgres = start()) {
      assertEquals("1", query(postgres, "select 1"));
    }
    assertFalse(Files.exists(directory.resolve("creating-1")));
  }

  @Test
  void saysWhatToDoAboutDataOfAnotherMajorVersion() throws Exception {
    Files.createDirectories(cluster());
    Files.writeString(cluster().resolve("PG_VERSION"), "9\n");
    String message = assertThrows(EmbeddedPostgresException.class, this::start).getMessage();
    assertTrue(message.contains("the data was written by 9 (move it with pg_upgrade"), message);
    assertTrue(message.contains("quarkus.datasource.reactive.url"), message);
  }

  @Test
  void saysWhatToDoAboutADirectoryThatIsNone() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "");
    String message =
        assertThrows(EmbeddedPostgresException.class, () -> EmbeddedPostgres.start(file, BINARIES))
            .getMessage();
    assertTrue(message.contains("tideline.data-dir"), message);
  }

  private EmbeddedPostgres start() {
    return EmbeddedPostgres.start(directory, BINARIES);
  }

  private Path cluster() throws IOException {
    return directory.toRealPath().resolve("cluster");
  }

  private long serverPid() throws IOException {
    return PostmasterFile.read(cluster()).orElseThrow().pid();
  }

  private void writePostmasterFile(long pid) throws IOException {
    Files.writeString(
        cluster().resolve("postmaster.pid"),
        String.join(
            "\n",
            Long.toString(pid),
            cluster().toString(),
            "1",
            "5",
            "",
            "127.0.0.1",
            "0 0",
            "ready",
            ""));
  }

  private static void storeARow(EmbeddedPostgres postgres) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement()) {
      statement.execute("create table kept (word text)");
      statement.execute("insert into kept values ('kept')");
    }
  }

  private static String theRow(EmbeddedPostgres postgres) throws SQLException {
    return query(postgres, "select word from kept");
  }

  private static void awaitTheRow(EmbeddedPostgres postgres) {
    await()
        .atMost(COMES_BACK_WITHIN)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> theRow(postgres).equals("kept"));
  }

  private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
    try (Connection connection = connect(postgres);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static Connection connect(EmbeddedPostgres postgres) throws SQLException {
    EmbeddedPostgres.Address address = postgres.address();
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }
}
