package io.tideline.limit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void growsToItsLimitAndBeginsAnewAfterASuccess() {
    Backoff backoff = new Backoff();
    for (long millis : new long[] {100, 200, 400, 800, 1600, 2000, 2000}) {
      assertPauseFrom(millis, backoff);
    }
    backoff.reset();
    assertPauseFrom(Backoff.MILLIS_MIN, backoff);
  }

  @Test
  void nodesDoNotComeAllAtOnce() {
    long different = Stream.generate(() -> new Backoff().next()).limit(100).distinct().count();
    assertTrue(different > 10, different + " different pauses of 100 nodes");
  }

  private static void assertPauseFrom(long millis, Backoff backoff) {
    long pause = backoff.next().toMillis();
    assertTrue(pause >= millis && pause < 2 * millis, pause + " ms where " + millis + " are due");
  }
}
