package io.tideline.postgres;

import io.tideline.stream.History;
import io.tideline.stream.HistoryContract;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class PgHistoryTest extends HistoryContract {
  private static TestDatabase database;
  private static PgHistory history;
  private static PgHistory other;

  @BeforeAll
  static void start() {
    database = new TestDatabase();
    history = database.history("node", HistorySettings.defaults());
    other = database.history("other", HistorySettings.defaults());
  }

  @AfterAll
  static void stop() {
    database.close();
  }

  @Override
  protected History history() {
    return history;
  }

  @Override
  protected History otherNode() {
    return other;
  }

  @Override
  protected void ageKeys(Duration age) {
    database.execute(
        "update tideline.idempotency_key set used_at = used_at - interval '"
            + age.toSeconds()
            + " s'");
  }
}
