package io.tideline.telemetry;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import java.util.Set;

/**
 * A filter that leaves out the framework's gauges that don't tell the truth: they are registered
 * once for each pool or client under one name, of which only the first counts, and the log warns of
 * the others. The {@code sql.pool} meters say what these would.
 */
public final class FrameworkMeterFilter implements MeterFilter {
  private static final Set<String> REGISTERED_TWICE =
      Set.of("netty.eventexecutor.workers", "postgresql.queue.size", "postgresql.current");

  @Override
  public MeterFilterReply accept(Meter.Id id) {
    return REGISTERED_TWICE.contains(id.getName())
        ? MeterFilterReply.DENY
        : MeterFilterReply.NEUTRAL;
  }
}
