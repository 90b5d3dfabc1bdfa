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
  static final Rights RIGHTS =
      Rights.of(Map.of(Action.SUBSCRIBE, ALL, Action.PUBLISH, ALL, Action.ADMIN, ALL), "someone");
  static final Identity SOMEONE = new Identity("someone", null, Instant.MIN, Instant.MAX, RIGHTS);

  private final VirtualTime time = new VirtualTime();
  private final Random random;
  private final Scale scale;
  private final Weather weather;
  private final MemoryHistory log;
  private final Ledger ledger;
  private final AccessPolicy access;
  private final StoredRevocations revocations = new StoredRevocations();
  private final LossyBackplane backplane = new LossyBackplane(this);
  private final List<SimulatedNode> nodes = new ArrayList<>();
  private final List<SimulatedNode> serving = new ArrayList<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private final boolean isTraced;
  private SimulatedNode stirred;
  private int nodesMade;
  private int askedInEvent;

  World(long seed, boolean isTraced) {
    this.random = new Random(seed);
    this.isTraced = isTraced;
    this.scale = Scale.of(random);
    this.weather = new Weather(random);
    this.log = new MemoryHistory(time, KEY_WINDOW);
    this.ledger = new Ledger(log, time, scale.durableChannels());
    this.access = new AccessPolicy(scale.namespaces(), time);
    for (int i = 0; i < scale.nodes(); i++) {
      startNode();
    }
  }

  SimulatedNode startNode() {
    SimulatedNode node = new SimulatedNode("node" + nodesMade++, this);
    nodes.add(node);
    serving.add(node);
    return node;
  }

  /** Nobody new comes to it. */
  void withdraw(SimulatedNode node) {
    serving.remove(node);
    if (serving.isEmpty()) {
      startNode();
    }
  }

  void crash(SimulatedNode node) {
    nodes.remove(node);
    node.crash();
    withdraw(node);
  }

  Grant grant(Action action, Channel channel) {
    return ((AccessPolicy.Decision.Granted) access.decide(SOMEONE, action, channel)).grant();
  }

  /** One that a load balancer would choose. */
  SimulatedNode anyNode() {
    return serving.get(random.nextInt(serving.size()));
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

  StoredRevocations revocations() {
    return revocations;
  }

  LossyBackplane backplane() {
    return backplane;
  }

  /** All that run, also those on their way out. */
  List<SimulatedNode> nodes() {
    return nodes;
  }

  /** Something happens on this node. */
  void stirs(SimulatedNode node) {
    stirred = node;
  }

  /** Where something has happened in this event, or null. */
  SimulatedNode stirred() {
    return stirred;
  }

  /** An outlet was asked; whoever asks for ever within one event runs in a circle. */
  void asked() {
    if (++askedInEvent == ASKED_IN_EVENT_MAX) {
      throw new Violation("it asks outlets for ever");
    }
  }

  void eventEnded() {
    askedInEvent = 0;
    stirred = null;
  }

  /**
   * How old at most what a node knows is, if it runs and the database answers: what was committed
   * as one sweep had just been asked is found by the next, and a hole may have to be read twice.
   */
  long lateMicrosMax() {
    return SimulatedNode.SWEEP.toNanos() / 1000 + 5 * weather.answerMicrosMax() + 250_000;
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
