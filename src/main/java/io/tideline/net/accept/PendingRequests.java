package io.tideline.net.accept;

import io.tideline.loop.Lane;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The requests of one lane that haven't come whole, looked at once a second while there are any: a
 * request that arrives in one piece, as nearly all do, costs nothing. On the lane only.
 */
public final class PendingRequests {
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Lane lane;
  private final RequestTimeouts limits;
  private final LongSupplier nanoTime;
  private final Set<ArrivalTimeout> pending = new LinkedHashSet<>();
  private boolean looks;

  public PendingRequests(Lane lane, RequestTimeouts limits, LongSupplier nanoTime) {
    this.lane = lane;
    this.limits = limits;
    this.nanoTime = nanoTime;
  }

  long now() {
    return nanoTime.getAsLong();
  }

  void add(ArrivalTimeout arrival) {
    pending.add(arrival);
    if (!looks) {
      looks = true;
      lane.schedule(LOOK, this::look);
    }
  }

  void remove(ArrivalTimeout arrival) {
    pending.remove(arrival);
  }

  private void look() {
    long now = now();
    List<ArrivalTimeout> late =
        pending.stream().filter(arrival -> arrival.isLate(limits, now)).toList();
    late.forEach(ArrivalTimeout::cut);
    looks = !pending.isEmpty();
    if (looks) {
      lane.schedule(LOOK, this::look);
    }
  }
}
