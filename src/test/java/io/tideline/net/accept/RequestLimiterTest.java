package io.tideline.net.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestLimiterTest {
  private static final int PER_SECOND = 100;
  private static final long EACH_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

  private long now = Long.MAX_VALUE - 3 * EACH_NANOS;
  private final RequestLimiter pace = new RequestLimiter(PER_SECOND, () -> now);

  @Test
  void asManyAtOnceAsInASecondAndTheNextWaitsForItsTurn() {
    takeAll(PER_SECOND);
    assertEquals(EACH_NANOS, pace.take());
  }

  @Test
  void whatCameTooFastAllTheSameIsWaitedForToo() {
    takeAll(PER_SECOND);
    pace.take();
    pace.take();
    assertEquals(3 * EACH_NANOS, pace.take());
  }

  @Test
  void whoKeepsToItNeverWaits() {
    takeAll(PER_SECOND);
    for (int i = 0; i < 3 * PER_SECOND; i++) {
      now += EACH_NANOS;
      assertEquals(0, pace.take());
    }
  }

  @Test
  void timeWithoutRequestsIsWorthASecondAtMost() {
    takeAll(PER_SECOND);
    now += TimeUnit.HOURS.toNanos(1);
    takeAll(PER_SECOND);
    assertEquals(EACH_NANOS, pace.take());
  }

  private void takeAll(int requests) {
    for (int i = 0; i < requests; i++) {
      assertEquals(0, pace.take());
    }
  }
}
