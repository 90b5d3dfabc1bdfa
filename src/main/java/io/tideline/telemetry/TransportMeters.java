package io.tideline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tideline.protocol.Problem;
import io.tideline.session.Limit;
import io.tideline.session.TransportEvents;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The transports' meters: what was refused, and which WebSockets were closed. All of them are there
 * from the start, so nobody outside can make one more.
 */
public final class TransportMeters implements TransportEvents {
  private static final String OTHER = "other";

  private final Map<Via, Map<Problem, Counter>> refusals = new EnumMap<>(Via.class);
  private final Map<Limit, Counter> limited = new EnumMap<>(Limit.class);
  private final Map<Integer, Counter> closed = new HashMap<>();
  private final Counter closedOtherwise;

  /**
   * Makes the meters.
   *
   * @param closeCodes of the protocols that are spoken here; all others are counted as one
   */
  public TransportMeters(MeterRegistry registry, Collection<Integer> closeCodes) {
    for (Via via : Via.values()) {
      Map<Problem, Counter> byCode = new EnumMap<>(Problem.class);
      for (Problem problem : Problem.values()) {
        byCode.put(problem, refusals(registry, via, problem));
      }
      refusals.put(via, byCode);
    }
    for (Limit limit : Limit.values()) {
      limited.put(limit, limited(registry, limit));
    }
    for (int code : closeCodes) {
      closed.computeIfAbsent(code, first -> closed(registry, Integer.toString(first)));
    }
    closedOtherwise = closed(registry, OTHER);
  }

  private static Counter refusals(MeterRegistry registry, Via via, Problem problem) {
    return Counter.builder("tideline.refusals")
        .description("Requests, upgrades and commands that were answered with a problem")
        .tag("via", via.name().toLowerCase(Locale.ROOT))
        .tag("code", problem.code())
        .register(registry);
  }

  private static Counter limited(MeterRegistry registry, Limit limit) {
    return Counter.builder("tideline.limited")
        .description("What was refused because a limit was reached")
        .tag("limit", limit.label())
        .register(registry);
  }

  private static Counter closed(MeterRegistry registry, String code) {
    return Counter.builder("tideline.closes")
        .description("Close frames that the server sent of its own accord")
        .tag("code", code)
        .register(registry);
  }

  @Override
  public void refused(Via via, Problem why) {
    refusals.get(via).get(why).increment();
  }

  @Override
  public void limited(Limit limit) {
    limited.get(limit).increment();
  }

  @Override
  public void closed(int code) {
    closed.getOrDefault(code, closedOtherwise).increment();
  }
}
