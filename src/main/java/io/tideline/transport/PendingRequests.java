package io.tideline.transport;

import io.tideline.hub.Lane;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The requests of one lane that haven't come whole, looked at once a second while there are any: a
 * request that arrives in one piece, as nearly all do, costs nothing. On the lane only.
 */
final class PendingRequests {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Lane lane;
  private final RequestLimits limits;
  private final LongSupplier nanoTime;
  private final Set<ArrivalClock> pending = new LinkedHashSet<>();
  private boolean looks;

  PendingRequests(Lane lane, RequestLimits limits, LongSupplier nanoTime) {
    this.lane = lane;
    this.limits = limits;
    this.nanoTime = nanoTime;
  }

  long now() {
    return nanoTime.getAsLong();
  }

  void add(ArrivalClock arrival) {
    pending.add(arrival);
    if (!looks) {
      looks = true;
      lane.schedule(LOOK, this::look);
    }
  }

  void remove(ArrivalClock arrival) {
    pending.remove(arrival);
  }

  private void look() {
    long now = now();
    List<ArrivalClock> late =
        pending.stream().filter(arrival -> arrival.isLate(limits, now)).toList();
    late.forEach(ArrivalClock::cut);
    looks = !pending.isEmpty();
    if (looks) {
      lane.schedule(LOOK, this::look);
    }
  }
}
