package io.tideline.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.jboss.logging.Logger;

/**
 * Brings the schema up to date in the background, again and again until it succeeds: so a node
 * starts although the database is away, and is ready when this is done. On a thread of its own, as
 * Flyway blocks.
 */
public final class Migrations implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Migrations.class);

  private static final String ENCODING =
      "select current_setting('server_encoding'), current_database()";

  /** SQL_ASCII stores the bytes that it is given, which are UTF-8. */
  private static final Set<String> ENCODINGS = Set.of("UTF8", "SQL_ASCII");

  private static final String OTHER_MIGRATIONS =
      ". The schema was made by other migrations than this version's, for example by a development"
          + " build. What to do: give Tideline an empty database or, if no message in this one is"
          + " needed, run \"drop schema tideline cascade\".";

  private final Flyway flyway;
  private final Runnable discardConnections;
  private final Duration pause;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile String problem = "not tried yet";

  /**
   * Makes migrations that have not begun.
   *
   * @param discardConnections closes those that Flyway had, which forgets some of them where the
   *     server dies while it is asked: the pool would be empty for good. Run after a failed attempt
   * @param pause between two attempts
   */
  public Migrations(Flyway flyway, Runnable discardConnections, Duration pause) {
    this.flyway = flyway;
    this.discardConnections = discardConnections;
    this.pause = pause;
  }

  public void start() {
    Thread thread = new Thread(this::run, "tideline-migrations");
    thread.setDaemon(true);
    thread.start();
  }

  /** Completes when the schema is up to date; never fails. */
  public CompletionStage<Void> done() {
    return done.minimalCompletionStage();
  }

  public boolean isDone() {
    return done.isDone();
  }

  /** Why the last attempt failed, for whoever asks whether the node is ready. */
  public String problem() {
    return problem;
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private void run() {
    try {
      while (!isMigrated()) {
        if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
      done.complete(null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isMigrated() {
    try {
      requireUtf8();
      flyway.migrate();
      return true;
    } catch (SQLException | RuntimeException failure) {
      String reason = reason(failure);
      if (!reason.equals(problem)) {
        LOG.warnf("The schema can't be migrated; trying again: %s", reason);
        problem = reason;
      }
      discardConnections.run();
      return false;
    }
  }

  /** In another encoding most texts could be neither stored nor read back. */
  private void requireUtf8() throws SQLException {
    try (Connection connection = flyway.getConfiguration().getDataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ENCODING)) {
      row.next();
      Optional<String> wrong = encodingProblem(row.getString(1), row.getString(2));
      if (wrong.isPresent()) {
        throw new IllegalStateException(wrong.get());
      }
    }
  }

  static Optional<String> encodingProblem(String encoding, String database) {
    return ENCODINGS.contains(encoding)
        ? Optional.empty()
        : Optional.of(
            "the encoding of database "
                + database
                + " is "
                + encoding
                + ", but Tideline needs UTF8. What to do: create one with"
                + " \"create database tideline encoding 'UTF8' template template0\".");
  }

  /**
   * What was tried, and what the database said to it: Flyway's own message stops at the script's
   * name. A schema that other migrations have made gets what to do about it.
   */
  static String reason(Throwable failure) {
    StringBuilder reason = new StringBuilder(firstLine(failure));
    Throwable last = failure;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      last = cause;
    }
    if (last != failure) {
      reason.append(": ").append(firstLine(last));
    }
    if (failure instanceof FlywayValidateException) {
      reason.append(OTHER_MIGRATIONS);
    }
    if (last instanceof SQLException refused && refused.getSQLState() != null) {
      reason.append(" (SQL state ").append(refused.getSQLState()).append(')');
    }
    return reason.toString();
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage())
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .findFirst()
        .orElse(failure.getClass().getSimpleName());
  }
}
