package io.tideline.bridge;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.ChannelRegistry;
import io.tideline.access.AccessPolicy;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.PublishSource;
import io.tideline.hub.Publisher;
import io.tideline.protocol.WireLimits;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.eclipse.microprofile.reactive.messaging.Message;

/** All inbound bridges of this node, each named as the reactive-messaging channel that it reads. */
public final class InboundBridges {
  private final Map<String, InboundConfig> configs;
  private final ChannelRegistry registry;
  private final AccessPolicy policy;
  private final Namespaces namespaces;
  private final WireLimits limits;
  private final Function<List<Publisher.Item>, Uni<List<PublishOutcome>>> publish;
  private final BiConsumer<Duration, Runnable> later;
  private final MeterRegistry meters;
  private final List<InboundBridge> bridges = new ArrayList<>();

  /**
   * Makes what {@link #start} begins.
   *
   * @param later runs something after a while
   */
  public InboundBridges(
      Map<String, InboundConfig> configs,
      ChannelRegistry registry,
      AccessPolicy policy,
      Namespaces namespaces,
      WireLimits limits,
      Publisher publisher,
      BiConsumer<Duration, Runnable> later,
      MeterRegistry meters) {
    this.configs = Map.copyOf(configs);
    this.registry = registry;
    this.policy = policy;
    this.namespaces = namespaces;
    this.limits = limits;
    this.publish = items -> publisher.publishEach(PublishSource.BRIDGE, items);
    this.later = later;
    this.meters = meters;
  }

  /**
   * Begins to read.
   *
   * @throws IllegalArgumentException if a bridge can't work as it is configured; the message says
   *     what to do
   */
  public void start() {
    configs.forEach(this::start);
  }

  private void start(String name, InboundConfig config) {
    String tree = "tideline.bridges.in." + name;
    List<Flow.Publisher<? extends Message<?>>> sources = registry.getPublishers(name);
    if (sources.isEmpty()) {
      throw new IllegalArgumentException(
          tree
              + " has no source: configure mp.messaging.incoming."
              + name
              + ".connector and what that connector needs.");
    }
    if (config.inFlight() < 1 || config.inFlight() > History.BATCH_MESSAGES_MAX) {
      throw new IllegalArgumentException(
          tree + ".in-flight must be 1 to " + History.BATCH_MESSAGES_MAX + ".");
    }
    InboundBridge bridge =
        new InboundBridge(
            name,
            config,
            mapping(tree, name, config),
            publish,
            later,
            InboundBridges::onItsOwnThread,
            new InboundMeters(meters, name));
    InboundMeters.running(meters, name, () -> !bridge.standsStill());
    bridges.add(bridge);
    sources.get(0).subscribe(bridge);
  }

  private Mapping mapping(String tree, String name, InboundConfig config) {
    try {
      return new Mapping(name, config, policy, namespaces, limits);
    } catch (IllegalArgumentException unreadable) {
      throw new IllegalArgumentException(tree + ": " + unreadable.getMessage() + ".", unreadable);
    }
  }

  /** For what may wait for a broker; nobody waits for it, nor does the end of the process. */
  static void onItsOwnThread(Runnable work) {
    Thread thread = new Thread(work, "tideline-bridge-end");
    thread.setDaemon(true);
    thread.start();
  }

  /** Reads no more. Waits for no broker. */
  public void stop() {
    bridges.forEach(InboundBridge::stop);
  }
}
