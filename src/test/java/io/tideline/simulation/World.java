package io.tideline.simulation;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.stream.Channel;
import io.tideline.stream.MemoryHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Everything that a run consists of. */
final class World {
  private static final Duration KEY_WINDOW = Duration.ofHours(24);
  private static final int TRACE_LINES_MAX = 400;
  private static final int ASKED_IN_EVENT_MAX = 1_000_000;
  private static final Set<String> ALL = Set.of("*");
  static final Identity SOMEONE =
      new Identity(
          "someone",
          null,
          Instant.MIN,
          Instant.MAX,
          Rights.of(
              Map.of(Action.SUBSCRIBE, ALL, Action.PUBLISH, ALL, Action.ADMIN, ALL), "someone"));

  private final VirtualTime time = new VirtualTime();
  private final Random random;
  private final Scale scale;
  private final Weather weather;
  private final MemoryHistory log;
  private final Ledger ledger;
  private final AccessPolicy access;
  private final LossyBackplane backplane = new LossyBackplane(this);
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private final boolean isTraced;
  private int nodesMade;
  private int askedInEvent;

  World(long seed, boolean isTraced) {
    this.random = new Random(seed);
    this.isTraced = isTraced;
    this.scale = Scale.of(random);
    this.weather = new Weather(random);
    this.log = new MemoryHistory(time, KEY_WINDOW);
    this.ledger = new Ledger(log, scale.durableChannels());
    this.access = new AccessPolicy(scale.namespaces(), time);
    for (int i = 0; i < scale.nodes(); i++) {
      startNode();
    }
  }

  SimulatedNode startNode() {
    SimulatedNode node = new SimulatedNode("node" + nodesMade++, this, random);
    nodes.add(node);
    return node;
  }

  void crash(SimulatedNode node) {
    nodes.remove(node);
    node.crash();
  }

  Grant grant(Action action, Channel channel) {
    return ((AccessPolicy.Decision.Granted) access.decide(SOMEONE, action, channel)).grant();
  }

  SimulatedNode anyNode() {
    return nodes.get(random.nextInt(nodes.size()));
  }

  Channel anyChannel() {
    return scale.channels().get(random.nextInt(scale.channels().size()));
  }

  VirtualTime time() {
    return time;
  }

  Random random() {
    return random;
  }

  Scale scale() {
    return scale;
  }

  Weather weather() {
    return weather;
  }

  MemoryHistory log() {
    ledger.touched();
    return log;
  }

  Ledger ledger() {
    return ledger;
  }

  LossyBackplane backplane() {
    return backplane;
  }

  List<SimulatedNode> nodes() {
    return nodes;
  }

  /** An outlet was asked; whoever asks for ever within one event runs in a circle. */
  void asked() {
    Violation.unless(++askedInEvent < ASKED_IN_EVENT_MAX, "it asks outlets for ever");
  }

  void eventEnded() {
    askedInEvent = 0;
  }

  /** For whoever looks into a failure: what happened lately. */
  void trace(Supplier<String> what) {
    if (isTraced) {
      trace.add(time.micros() + " " + what.get());
      if (trace.size() > TRACE_LINES_MAX) {
        trace.remove();
      }
    }
  }

  String trace() {
    return String.join("\n", trace);
  }
}
