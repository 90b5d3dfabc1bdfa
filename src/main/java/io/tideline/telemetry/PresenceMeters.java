package io.tideline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.tideline.presence.LocalPresence;
import io.tideline.presence.Presence;
import io.tideline.presence.PresenceEvents;
import org.jboss.logging.Logger;

/** Presence's meters, named as the hub's; and the log, once for all failures in a row. */
public final class PresenceMeters implements PresenceEvents {
  private static final Logger LOG = Logger.getLogger(PresenceMeters.class);

  private final MeterRegistry registry;
  private final Counter written;
  private final Counter told;
  private final Counter rewritten;
  private final Counter failed;

  public PresenceMeters(MeterRegistry registry) {
    this.registry = registry;
    written =
        counter(
            "tideline.presence.written",
            "Members of this node that were written, or removed again");
    told = counter("tideline.presence.told", "News of channels that are watched here");
    rewritten =
        counter(
            "tideline.presence.rewritten",
            "Times that this node's lease had ended and its members were written anew");
    failed =
        counter(
            "tideline.presence.failed", "Rounds of presence that were given up and tried again");
  }

  /** Shows how many are counted here, and how many watch. */
  public void watch(LocalPresence attendance, Presence presence) {
    Gauge.builder("tideline.presence.connections", attendance, LocalPresence::connections)
        .description("Subscriptions that count as presence")
        .register(registry);
    Gauge.builder("tideline.presence.watchers", presence, Presence::watchers)
        .description("Watches of presence, on all connections")
        .register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  @Override
  public void written(int seats) {
    written.increment(seats);
  }

  @Override
  public void sent(int channels) {
    told.increment(channels);
  }

  @Override
  public void failed(Throwable failure, boolean isFirst) {
    failed.increment();
    if (isFirst) {
      LOG.warn("Presence is neither stored nor reported until the database answers again", failure);
    } else {
      LOG.debugf("A round of presence failed again: %s", failure.getMessage());
    }
  }

  @Override
  public void rewritten() {
    rewritten.increment();
  }
}
