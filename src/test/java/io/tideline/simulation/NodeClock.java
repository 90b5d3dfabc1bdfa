package io.tideline.simulation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/** A node's wall clock: somebody may set it, forward or back. */
final class NodeClock extends Clock {
  private final Clock time;
  private Duration ahead = Duration.ZERO;

  NodeClock(Clock time) {
    this.time = time;
  }

  void step(Duration by) {
    ahead = ahead.plus(by);
  }

  @Override
  public Instant instant() {
    return time.instant().plus(ahead);
  }

  @Override
  public ZoneId getZone() {
    return time.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("instants only");
  }
}
