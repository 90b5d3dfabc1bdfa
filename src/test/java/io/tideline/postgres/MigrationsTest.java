package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MigrationsTest extends PgTest {
  private static final Duration PAUSE = Duration.ofMillis(100);

  @Test
  void theyWaitForADatabaseThatIsAway() {
    database.execute("drop schema tideline cascade");
    Outage outage = Outage.begin();
    try (Migrations migrations = new Migrations(database.flyway(), PAUSE)) {
      migrations.start();
      try {
        eventually(() -> migrations.problem().contains("Unable to obtain connection"));
        assertFalse(migrations.isDone());
      } finally {
        outage.end();
      }
      migrations.done().toCompletableFuture().join();
      assertTrue(migrations.isDone());
      assertEquals(0, count("message"));
    }
  }

  @Test
  void theyStopWhenTheyAreClosed() {
    database.execute("update tideline.flyway_schema_history set checksum = 1 where version = '1'");
    try {
      Migrations migrations = new Migrations(database.flyway(), PAUSE);
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
