package io.tideline.stream;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

class MemoryHistoryTest extends HistoryContract {
  private final OffsetClock clock = new OffsetClock();
  private final MemoryHistory history = new MemoryHistory(clock, Duration.ofHours(24));
  private final MemoryHistory other = history.node("other");

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
    clock.offset = clock.offset.plus(age);
  }

  private static final class OffsetClock extends Clock {
    private volatile Duration offset = Duration.ZERO;

    @Override
    public Instant instant() {
      return Instant.now().plus(offset);
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      throw new UnsupportedOperationException("instants only");
    }
  }
}
