package io.tideline.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OnceInAWhileTest {
  private static final Duration PAUSE = Duration.ofMinutes(1);

  /** Begins near the end of what fits into a long: only differences of nano times count. */
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - PAUSE.toNanos() / 2);

  private final OnceInAWhile<String> lines = new OnceInAWhile<>(PAUSE, 2, now::get);

  @Test
  void aLineIsDueOncePerPause() {
    assertTrue(lines.isDue("a"));
    assertFalse(lines.isDue("a"));
    now.addAndGet(PAUSE.toNanos() - 1);
    assertFalse(lines.isDue("a"));
    now.incrementAndGet();
    assertTrue(lines.isDue("a"));
    assertFalse(lines.isDue("a"));
  }

  @Test
  void linesAreToldApartByTheirKey() {
    assertTrue(lines.isDue("a"));
    assertTrue(lines.isDue("b"));
    assertFalse(lines.isDue("a"));
  }

  @Test
  void moreKeysThanItKeepsAreNotDueUntilOneIsOver() {
    assertTrue(lines.isDue("a"));
    assertTrue(lines.isDue("b"));
    assertFalse(lines.isDue("c"));
    now.addAndGet(PAUSE.toNanos());
    assertTrue(lines.isDue("c"));
    assertTrue(lines.isDue("a"));
    assertFalse(lines.isDue("b"));
  }

  @Test
  void whatIsForgottenIsDueAtOnce() {
    assertTrue(lines.isDue("a"));
    lines.forget("a");
    assertTrue(lines.isDue("a"));
  }

  @Test
  void ofManyThreadsOneIsTold() {
    long told = IntStream.range(0, 1000).parallel().filter(i -> lines.isDue("a")).count();
    assertEquals(1, told);
  }
}
