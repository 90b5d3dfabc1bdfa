package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PauseDetectorTest {
  private static final long BEGAN = Long.MAX_VALUE - 5;

  private final PauseDetector standstill = new PauseDetector(2, BEGAN);

  private static long at(long millis) {
    return BEGAN + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private void runUntil(long millis) {
    for (long t = 0; t <= millis; t += 250) {
      standstill.ticked(0, at(t));
      standstill.ticked(1, at(t));
    }
  }

  @Test
  void whoRunsIsNotBehind() {
    runUntil(60_000);
    assertFalse(standstill.isBehind(0, at(60_300)));
  }

  /** The first task after a pause may be a client's request: nobody has noticed anything yet. */
  @Test
  void theFirstTaskAfterAPauseNoticesIt() {
    runUntil(1_000);
    assertTrue(standstill.isBehind(0, at(31_000)));
  }

  @Test
  void whatOneLaneNoticedCountsForAll() {
    runUntil(1_000);
    standstill.ticked(0, at(31_000));
    standstill.ticked(1, at(31_000));
    assertTrue(standstill.isBehind(0, at(31_001)));
    assertTrue(standstill.isBehind(1, at(31_001)));
  }

  @Test
  void itIsOverWhenTheLogWasAskedAfterIt() {
    runUntil(1_000);
    standstill.ticked(0, at(31_000));
    standstill.ticked(1, at(31_000));
    standstill.swept(at(900));
    assertTrue(standstill.isBehind(0, at(31_001)), "asked before, answered after");
    standstill.swept(at(31_002));
    assertTrue(standstill.isBehind(0, at(31_003)), "what it said isn't known here at once");
    standstill.swept(at(31_800));
    assertFalse(standstill.isBehind(0, at(31_801)));
  }
}
