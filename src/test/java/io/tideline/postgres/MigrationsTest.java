package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.agroal.api.AgroalDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.junit.jupiter.api.Test;

class MigrationsTest extends PgTest {
  private static final Duration PAUSE = Duration.ofMillis(100);

  @Test
  void theyWaitForADatabaseThatIsAway() {
    database.execute("drop schema tideline cascade");
    Outage outage = Outage.begin();
    try (Migrations migrations = new Migrations(database.flyway(), () -> {}, PAUSE)) {
      migrations.start();
      try {
        eventually(() -> migrations.problem().contains("refused"));
        assertFalse(migrations.isDone());
      } finally {
        outage.end();
      }
      migrations.done().toCompletableFuture().join();
      assertTrue(migrations.isDone());
      assertEquals(0, count("message"));
    }
  }

  /** Flyway doesn't close a connection that breaks as it is asked who is there. */
  @Test
  void whatAFailedAttemptForgetsIsGivenBack() throws Exception {
    database.execute("drop schema tideline cascade");
    try (AgroalDataSource pool = database.jdbcPool(2)) {
      AtomicInteger breaking = new AtomicInteger(2);
      Flyway flyway =
          Flyway.configure()
              .dataSource(new BreakingDataSource(pool, breaking))
              .defaultSchema("tideline")
              .load();
      Runnable discard = () -> pool.flush(AgroalDataSource.FlushMode.ALL);
      try (Migrations migrations = new Migrations(flyway, discard, PAUSE)) {
        migrations.start();
        migrations.done().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertTrue(breaking.get() <= 0, "it has happened");
      }
    }
  }

  @Test
  void theyPassOnWhatTheDatabaseSaid() throws Exception {
    try (AgroalDataSource pool = database.jdbcPool(1);
        Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      SQLException said =
          assertThrows(SQLException.class, () -> statement.execute("create schema tideline"));
      assertEquals(
          "Failed to execute script V1: ERROR: schema \"tideline\" already exists"
              + " (SQL state 42P06)",
          Migrations.reason(new FlywayException("Failed to execute script V1\n---\n", said)));
    }
  }

  @Test
  void theyNeedUtf8() {
    assertTrue(Migrations.encodingProblem("UTF8", "d").isEmpty());
    String problem = Migrations.encodingProblem("LATIN1", "push").orElseThrow();
    assertTrue(problem.contains("database push is LATIN1"), problem);
    assertTrue(problem.contains("What to do: create one with"), problem);
  }

  /** As with a database of a build from before the migrations were put together. */
  @Test
  void theySayWhatToDoWithASchemaOfOtherMigrations() {
    database.execute("update tideline.flyway_schema_history set checksum = 1 where version = '1'");
    try (Migrations migrations = new Migrations(database.flyway(), () -> {}, PAUSE)) {
      migrations.start();
      eventually(() -> migrations.problem().contains("The schema was made by other migrations"));
      String advice = "drop schema tideline cascade";
      assertTrue(migrations.problem().contains("run \"" + advice + "\"."), migrations.problem());
      database.execute(advice);
      migrations.done().toCompletableFuture().join();
      assertEquals(0, count("message"));
    }
  }

  @Test
  void theyStopWhenTheyAreClosed() {
    database.execute("update tideline.flyway_schema_history set checksum = 1 where version = '1'");
    try {
      Migrations migrations = new Migrations(database.flyway(), () -> {}, PAUSE);
      migrations.start();
      eventually(() -> migrations.problem().startsWith("Validate failed"));
      migrations.close();
      eventually(
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().equals("tideline-migrations")));
      assertFalse(migrations.isDone());
    } finally {
      database.flyway().repair();
    }
  }
}
