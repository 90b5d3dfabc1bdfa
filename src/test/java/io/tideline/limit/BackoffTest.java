package io.tideline.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Duration MIN = Duration.ofMillis(100);
  private static final Duration MAX = Duration.ofSeconds(2);

  @Test
  void growsToItsLimitAndBeginsAnewAfterASuccess() {
    Backoff backoff = Backoff.exactly(MIN, MAX);
    for (long millis : new long[] {100, 200, 400, 800, 1600, 2000, 2000}) {
      assertEquals(Duration.ofMillis(millis), backoff.next());
    }
    assertFalse(backoff.isFresh());
    backoff.reset();
    assertTrue(backoff.isFresh());
    assertEquals(MIN, backoff.next());
    assertFalse(backoff.isFresh());
  }

  @Test
  void addsUpToAsMuchAgainByChance() {
    Backoff backoff = Backoff.spread(MIN, MAX);
    for (long millis : new long[] {100, 200, 400, 800, 1600, 2000, 2000}) {
      assertPauseFrom(millis, backoff);
    }
    backoff.reset();
    assertPauseFrom(MIN.toMillis(), backoff);
  }

  @Test
  void nodesDoNotComeAllAtOnce() {
    long different =
        Stream.generate(() -> Backoff.spread(MIN, MAX).next()).limit(100).distinct().count();
    assertTrue(different > 10, different + " different pauses of 100 nodes");
  }

  private static void assertPauseFrom(long millis, Backoff backoff) {
    long pause = backoff.next().toMillis();
    assertTrue(pause >= millis && pause < 2 * millis, pause + " ms where " + millis + " are due");
  }
}
