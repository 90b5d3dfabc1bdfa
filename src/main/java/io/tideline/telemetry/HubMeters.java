package io.tideline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tideline.hub.Delivery;
import io.tideline.hub.HubEvents;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.PublishSource;
import io.tideline.hub.Transport;
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
 * sample per wake and {@link Delivery}. It includes what the clocks of database and node differ.
 */
public final class HubMeters implements HubEvents {
  private static final String TRANSPORT = "transport";

  private final Clock clock;
  private final Map<Transport, AtomicLong> connections = new EnumMap<>(Transport.class);
  private final AtomicLong subscriptions = new AtomicLong();
  private final Map<PublishSource, Map<PublishResult, Counter>> published =
      new EnumMap<>(PublishSource.class);
  private final Map<Transport, Counter> deliveries = new EnumMap<>(Transport.class);
  private final Map<Transport, Counter> writes = new EnumMap<>(Transport.class);
  private final Counter pagesRead;
  private final Counter pagesCached;
  private final Counter slow;
  private final Counter holes;
  private final Map<Delivery, Timer> lag = new EnumMap<>(Delivery.class);
  private final Map<Gap.Reason, Counter> gaps = new EnumMap<>(Gap.Reason.class);
  private final Map<Gap.Reason, Counter> lost = new EnumMap<>(Gap.Reason.class);

  public HubMeters(MeterRegistry registry, Clock clock) {
    this.clock = clock;
    Gauge.builder("tideline.subscriptions", subscriptions, AtomicLong::get)
        .description("Subscriptions of all connections")
        .register(registry);
    pagesRead = counter(registry, "tideline.pages.read", "History pages read from the database");
    pagesCached = counter(registry, "tideline.pages.cached", "History pages found in memory");
    slow =
        counter(
            registry, "tideline.slow", "Times that a live subscription fell behind its connection");
    holes =
        counter(
            registry, "tideline.holes", "Holes left by the backplane and read from the database");
    for (Transport transport : Transport.values()) {
      registerTransport(registry, transport);
    }
    for (PublishSource source : PublishSource.values()) {
      published.put(source, publishes(registry, source));
    }
    for (Delivery delivery : Delivery.values()) {
      lag.put(delivery, lag(registry, delivery));
    }
    for (Gap.Reason reason : Gap.Reason.values()) {
      gaps.put(reason, ofReason(registry, "tideline.gaps", "Losses told to clients", reason));
      lost.put(
          reason,
          ofReason(
              registry,
              "tideline.gap.messages",
              "Publications that these losses spoke of",
              reason));
    }
  }

  private void registerTransport(MeterRegistry registry, Transport transport) {
    AtomicLong here = new AtomicLong();
    connections.put(transport, here);
    Gauge.builder("tideline.connections", here, AtomicLong::get)
        .description("Connections, and pages that are being read")
        .tag(TRANSPORT, transport.label())
        .register(registry);
    deliveries.put(
        transport,
        Counter.builder("tideline.deliveries")
            .description("Publications written to connections")
            .tag(TRANSPORT, transport.label())
            .register(registry));
    writes.put(
        transport,
        Counter.builder("tideline.writes")
            .description("Writes that carried them")
            .tag(TRANSPORT, transport.label())
            .register(registry));
  }

  private static Map<PublishResult, Counter> publishes(
      MeterRegistry registry, PublishSource source) {
    Map<PublishResult, Counter> byResult = new EnumMap<>(PublishResult.class);
    for (PublishResult result : PublishResult.values()) {
      byResult.put(
          result,
          Counter.builder("tideline.publishes")
              .description("Messages that somebody with the right to do so published")
              .tag("source", source.label())
              .tag("outcome", result.label())
              .register(registry));
    }
    return byResult;
  }

  private static Timer lag(MeterRegistry registry, Delivery delivery) {
    return Timer.builder("tideline.lag")
        .description("From a publication's time to its last write on this node")
        .tag("kind", delivery.label())
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(1))
        .maximumExpectedValue(Duration.ofSeconds(30))
        .register(registry);
  }

  private static Counter ofReason(
      MeterRegistry registry, String name, String description, Gap.Reason reason) {
    return Counter.builder(name)
        .description(description)
        .tag("reason", reason.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  @Override
  public void connected(Transport transport) {
    connections.get(transport).incrementAndGet();
  }

  @Override
  public void disconnected(Transport transport) {
    connections.get(transport).decrementAndGet();
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
  public void published(PublishSource source, PublishOutcome outcome) {
    published.get(source).get(PublishResult.of(outcome)).increment();
  }

  @Override
  public void moved(int messages) {
    published.get(PublishSource.SQL).get(PublishResult.STORED).increment(messages);
  }

  @Override
  public void delivered(Transport transport, int messages, int written) {
    deliveries.get(transport).increment(messages);
    writes.get(transport).increment(written);
  }

  @Override
  public void lag(Delivery delivery, Publication first) {
    Duration since = Duration.between(first.time(), clock.instant());
    lag.get(delivery).record(since.isNegative() ? Duration.ZERO : since);
  }

  @Override
  public void gapTold(Gap gap) {
    gaps.get(gap.reason()).increment();
    lost.get(gap.reason()).increment((double) gap.count());
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
