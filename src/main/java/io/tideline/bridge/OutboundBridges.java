package io.tideline.bridge;

import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.tideline.access.ChannelPattern;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.History;
import io.tideline.stream.History.Range;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Page;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.eclipse.microprofile.reactive.messaging.Message;

/** All bridges out of this node, each named as the reactive-messaging channel that it feeds. */
public final class OutboundBridges {
  private final Map<String, OutboundConfig> configs;
  private final ConnectorsOf connectors;
  private final Namespaces namespaces;
  private final CursorsOf cursors;
  private final Function<List<Range>, Uni<List<Page>>> readAll;
  private final BiConsumer<Duration, Runnable> later;
  private final LongSupplier nanoTime;
  private final MeterRegistry meters;
  private final List<OutboundBridge> bridges = new ArrayList<>();

  /**
   * Gives what takes messages for an outgoing reactive-messaging channel, none if there is none.
   */
  @FunctionalInterface
  public interface ConnectorsOf {
    List<Flow.Subscriber<? extends Message<?>>> get(String channel);
  }

  /** Gives the cursors of a bridge. */
  @FunctionalInterface
  public interface CursorsOf {
    BridgeCursors get(String bridge, List<String> patterns, Duration lease);
  }

  /**
   * Makes what {@link #start} begins.
   *
   * @param later runs something after a while
   */
  public OutboundBridges(
      Map<String, OutboundConfig> configs,
      ConnectorsOf connectors,
      Namespaces namespaces,
      CursorsOf cursors,
      History history,
      BiConsumer<Duration, Runnable> later,
      LongSupplier nanoTime,
      MeterRegistry meters) {
    this.configs = Map.copyOf(configs);
    this.connectors = connectors;
    this.namespaces = namespaces;
    this.cursors = cursors;
    this.readAll = history::readAll;
    this.later = later;
    this.nanoTime = nanoTime;
    this.meters = meters;
  }

  /**
   * Begins to carry.
   *
   * @throws IllegalArgumentException if a bridge can't work as it is configured; the message says
   *     what to do
   */
  public void start() {
    configs.forEach(this::start);
  }

  private void start(String name, OutboundConfig config) {
    String tree = "tideline.bridges.out." + name;
    List<Flow.Subscriber<? extends Message<?>>> takers = connectors.get(name);
    if (takers.isEmpty()) {
      throw new IllegalArgumentException(
          tree
              + " has no target: configure mp.messaging.outgoing."
              + name
              + ".connector and what that connector needs.");
    }
    if (config.inFlight() < 1 || config.inFlight() > History.RANGES_MAX) {
      throw new IllegalArgumentException(
          tree + ".in-flight must be 1 to " + History.RANGES_MAX + ".");
    }
    List<ChannelPattern> patterns =
        config.channels().stream().map(text -> pattern(tree, text)).toList();
    BridgeCursors ours = cursors.get(name, List.copyOf(config.channels()), LeaderLease.LEASE);
    ConnectorSink outgoing = new ConnectorSink(nanoTime);
    OutboundBridge bridge =
        new OutboundBridge(
            name,
            config.inFlight(),
            new LeaderLease(name, ours, later, nanoTime),
            new Backlog(
                config.begin() == Begin.EARLIEST,
                channel -> patterns.stream().anyMatch(pattern -> pattern.matches(channel)),
                ours),
            ours,
            readAll,
            outgoing,
            later,
            nanoTime,
            new OutboundMeters(meters, name));
    OutboundMeters.watch(meters, name, bridge, outgoing);
    bridges.add(bridge);
    outgoing.connect(taking(takers.get(0)));
    bridge.start();
  }

  /** What connectors register takes every message; only the type can't say so. */
  @SuppressWarnings("unchecked")
  private static Flow.Subscriber<Message<?>> taking(
      Flow.Subscriber<? extends Message<?>> connector) {
    return (Flow.Subscriber<Message<?>>) connector;
  }

  private ChannelPattern pattern(String tree, String text) {
    ChannelPattern pattern = ChannelPattern.parse(text, null);
    if (pattern == null) {
      throw new IllegalArgumentException(
          tree
              + ".channels: '"
              + text
              + "' is not a channel name, nor the beginning of names followed by '*'.");
    }
    boolean isOneNamespace = pattern.exact() || pattern.prefix().indexOf(':') > 0;
    if (isOneNamespace && isEphemeral(pattern)) {
      throw new IllegalArgumentException(
          tree
              + ".channels: what '"
              + text
              + "' names is ephemeral; only durable channels can be carried without loss. Leave it out, or make its namespace durable.");
    }
    return pattern;
  }

  private boolean isEphemeral(ChannelPattern pattern) {
    String example = pattern.exact() ? pattern.prefix() : pattern.prefix() + "x";
    return Channel.isValid(example) && namespaces.of(new Channel(example)).isEphemeral();
  }

  /** Carries no more. What is under way arrives, and then another node may go on. */
  public void stop() {
    bridges.forEach(OutboundBridge::stop);
  }

  /** Whether another node would have to wait yet. */
  public boolean areEnding() {
    return bridges.stream().anyMatch(OutboundBridge::isEnding);
  }
}
