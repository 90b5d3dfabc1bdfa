package io.tideline.telemetry;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;

/**
 * A filter that mends what looks like a fault among the framework's meters. Those of a database
 * client without a name begin with a dot: they get the client's type. Gauges that are registered
 * once for each pool or client under one name are left out, as only the first counts and the log
 * warns of the others; the {@code sql.pool} meters say what these would.
 */
public final class FrameworkMeterFilter implements MeterFilter {
  private static final String NAMELESS = ".";
  private static final String CLIENT_TYPE = "clientType";
  private static final String WORKERS = "netty.eventexecutor.workers";

  @Override
  public Meter.Id map(Meter.Id id) {
    String type = id.getTag(CLIENT_TYPE);
    return type != null && id.getName().startsWith(NAMELESS)
        ? id.withName(type + id.getName())
        : id;
  }

  @Override
  public MeterFilterReply accept(Meter.Id id) {
    String name = id.getName();
    boolean isOfDatabase = "sql".equals(id.getTag(CLIENT_TYPE));
    boolean isAmbiguous =
        name.equals(WORKERS)
            || (isOfDatabase && (name.endsWith(".queue.size") || name.endsWith(".current")));
    return isAmbiguous ? MeterFilterReply.DENY : MeterFilterReply.NEUTRAL;
  }
}
