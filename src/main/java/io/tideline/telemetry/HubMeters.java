package io.tideline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tideline.hub.HubEvents;
import io.tideline.stream.Gap;
import io.tideline.stream.Publication;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The hub's meters, all named {@code tideline.*}. Their number doesn't depend on channels or
 * clients.
 *
 * <p>{@code tideline.lag} is end to end on this node: from a publication's time (read in the
 * database under the channel's lock) to the moment its wake had written it to the last outlet; one
 * sample a wake. It includes what the clocks of database and node differ.
 */
public final class HubMeters implements HubEvents {
  private final Clock clock;
  private final AtomicLong connections = new AtomicLong();
  private final AtomicLong subscriptions = new AtomicLong();
  private final Counter published;
  private final Counter deliveries;
  private final Counter writes;
  private final Counter pagesRead;
  private final Counter pagesCached;
  private final Counter slow;
  private final Counter holes;
  private final Timer lag;
  private final Map<Gap.Reason, Counter> gaps = new EnumMap<>(Gap.Reason.class);

  public HubMeters(MeterRegistry registry, Clock clock) {
    this.clock = clock;
    Gauge.builder("tideline.connections", connections, AtomicLong::get)
        .description("Live connections, and polls that wait")
        .register(registry);
    Gauge.builder("tideline.subscriptions", subscriptions, AtomicLong::get)
        .description("Subscriptions of all connections")
        .register(registry);
    published =
        counter(
            registry, "tideline.publishes", "Messages taken: stored, or passed on if ephemeral");
    deliveries = counter(registry, "tideline.deliveries", "Publications written to connections");
    writes = counter(registry, "tideline.writes", "Writes that carried them");
    pagesRead = counter(registry, "tideline.pages.read", "History pages read from the database");
    pagesCached = counter(registry, "tideline.pages.cached", "History pages found in memory");
    slow =
        counter(
            registry, "tideline.slow", "Times that a live subscription fell behind its connection");
    holes =
        counter(
            registry, "tideline.holes", "Holes left by the backplane and read from the database");
    lag =
        Timer.builder("tideline.lag")
            .description("From a publication's time to its last write on this node")
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofMillis(1))
            .maximumExpectedValue(Duration.ofSeconds(30))
            .register(registry);
    for (Gap.Reason reason : Gap.Reason.values()) {
      gaps.put(
          reason,
          Counter.builder("tideline.gaps")
              .description("Losses told to clients")
              .tag("reason", reason.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  @Override
  public void connected() {
    connections.incrementAndGet();
  }

  @Override
  public void disconnected() {
    connections.decrementAndGet();
  }

  @Override
  public void subscribed() {
    subscriptions.incrementAndGet();
  }

  @Override
  public void unsubscribed() {
    subscriptions.decrementAndGet();
  }

  @Override
  public void published(int messages) {
    published.increment(messages);
  }

  @Override
  public void delivered(int messages, long outlets) {
    deliveries.increment(messages);
    writes.increment((double) outlets);
  }

  @Override
  public void lag(Publication oldest) {
    Duration since = Duration.between(oldest.time(), clock.instant());
    lag.record(since.isNegative() ? Duration.ZERO : since);
  }

  @Override
  public void gapTold(Gap.Reason reason) {
    gaps.get(reason).increment();
  }

  @Override
  public void pageRead(int publications) {
    pagesRead.increment();
  }

  @Override
  public void pageFromCache() {
    pagesCached.increment();
  }

  @Override
  public void slow() {
    slow.increment();
  }

  @Override
  public void holeRead() {
    holes.increment();
  }
}
