package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The data directory of a server: PostgreSQL calls it a cluster. It exists as a whole or not at
 * all.
 */
record Cluster(Path directory, Binaries binaries, Unprivileged user) {
  static final String ROLE = "tideline";
  static final String DATABASE = "tideline";

  private static final Duration INIT_TIMEOUT = Duration.ofMinutes(5);
  private static final Duration RECOVERY_TIMEOUT = Duration.ofMinutes(10);
  private static final String DRAFT_PREFIX = "creating-";

  /**
   * One role, one database, one address, one way to prove it; the superuser can't log in at all.
   */
  private static final String PG_HBA =
      "# Written by Tideline.\nhost " + DATABASE + " " + ROLE + " 127.0.0.1/32 scram-sha-256\n";

  private static final String SETTINGS =
      """

      # Set by Tideline when it created this cluster; change what you like. What the durability of
      # published messages rests on is given on the command line and wins over this file.
      timezone = 'UTC'
      log_timezone = 'UTC'
      log_line_prefix = '%m [%p] '
      log_checkpoints = off
      """;

  /** The major version that wrote the cluster, if there is a cluster. */
  static OptionalInt major(Path directory) throws IOException {
    Path version = directory.resolve("PG_VERSION");
    return Files.exists(version)
        ? OptionalInt.of(Integer.parseInt(Files.readString(version).strip()))
        : OptionalInt.empty();
  }

  boolean exists() {
    return Files.exists(directory.resolve("PG_VERSION"));
  }

  /** Creates it with our role and database in it. */
  void create(String password) throws IOException {
    deleteDrafts();
    Path draft = Files.createTempDirectory(directory.getParent(), DRAFT_PREFIX);
    user.own(draft);
    new Cluster(draft, binaries, user).fill(password);
    Files.move(draft, directory, StandardCopyOption.ATOMIC_MOVE);
    Directories.force(directory.getParent());
  }

  /** Gives our role another password; the server must not be running. */
  void changePassword(String password) {
    execute("alter role " + ROLE + " password '" + password + "'");
  }

  /** Makes sure that our user owns it: namespaces may have been allowed when it was created. */
  void own() throws IOException {
    user.own(directory);
  }

  private void fill(String password) throws IOException {
    Subprocess.Outcome made =
        user.run(
            List.of(
                binaries.initdb().toString(),
                "--pgdata=" + directory,
                "--username=postgres",
                "--auth=reject",
                "--encoding=UTF8",
                "--no-locale",
                "--data-checksums"),
            INIT_TIMEOUT);
    if (!made.succeeded()) {
      throw new EmbeddedPostgresException(
          "The PostgreSQL cluster can't be created in "
              + directory.getParent()
              + ":\n"
              + made.output()
              + "\nWhat to do: make sure that the directory can be written to and has 100 MB free.");
    }
    Files.writeString(directory.resolve("pg_hba.conf"), PG_HBA);
    Files.writeString(directory.resolve("postgresql.conf"), SETTINGS, StandardOpenOption.APPEND);
    execute(
        "create role " + ROLE + " login password '" + password + "'",
        "create database " + DATABASE + " owner " + ROLE);
  }

  /**
   * Statements of the superuser, one a line, in a server without network that ends after the last.
   */
  private void execute(String... statements) {
    List<String> words = new ArrayList<>(user.prefix());
    words.addAll(
        List.of(
            binaries.postgres().toString(),
            "--single",
            "-D",
            directory.toString(),
            "-c",
            "exit_on_error=on",
            "postgres"));
    Subprocess.Outcome done =
        new Subprocess(words, RECOVERY_TIMEOUT).run(String.join("\n", statements) + "\n");
    if (!done.succeeded()) {
      throw new EmbeddedPostgresException(
          "The PostgreSQL cluster in " + directory + " can't be prepared:\n" + done.output());
    }
  }

  private void deleteDrafts() throws IOException {
    List<Path> drafts;
    try (var entries = Files.list(directory.getParent())) {
      drafts =
          entries.filter(entry -> entry.getFileName().toString().startsWith(DRAFT_PREFIX)).toList();
    }
    for (Path draft : drafts) {
      Directories.delete(draft);
    }
  }
}
