package chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import parts.Findings;
import parts.Findings.Kind;
import parts.Tally;
import parts.Threads;

/**
 * Does one harm after the other. What hurts one node goes on while others are hurt, but one is
 * always left alone; what hurts everybody is waited for.
 */
final class Faults {
  private static final int SECONDS_MAX = 8;

  private final Options options;
  private final Fleet fleet;
  private final Outages outages;
  private final Tally tally;
  private final Findings findings;
  private final Random random;
  private final List<Fault> kinds;
  private final List<CompletableFuture<Void>> underWay = new ArrayList<>();

  /** Work that may fail because something can't be started. */
  interface Work {
    void run() throws IOException;
  }

  Faults(
      Options options,
      Fleet fleet,
      Outages outages,
      Tally tally,
      Findings findings,
      Random random) {
    this.options = options;
    this.fleet = fleet;
    this.outages = outages;
    this.tally = tally;
    this.findings = findings;
    this.random = random;
    this.kinds = new ArrayList<>(options.faults());
  }

  long pauseMillis() {
    long min = options.pauseMin().toMillis();
    return min + (long) (random.nextDouble() * (options.pauseMax().toMillis() - min));
  }

  /** Inflicts one; says what it did. */
  Optional<String> any() {
    if (kinds.isEmpty()) {
      return Optional.empty();
    }
    Fault fault = kinds.get(random.nextInt(kinds.size()));
    long millis = 1_000 + random.nextInt((SECONDS_MAX - 1) * 1_000);
    return switch (fault.scope) {
      case NODE, NODE_BROKER -> hurtNode(fault, millis);
      case ALL, BROKER, CLIENTS -> Optional.of(hurtAll(fault, millis));
    };
  }

  /** Waits until nobody suffers any more. */
  void over() {
    underWay.forEach(CompletableFuture::join);
  }

  static void unchecked(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Optional<String> hurtNode(Fault fault, long millis) {
    List<Node> healthy = fleet.nodes.stream().filter(Node::isHealthy).toList();
    if (healthy.size() < 2) {
      return Optional.empty();
    }
    Node node = healthy.get(random.nextInt(healthy.size()));
    if (!node.hurt()) {
      return Optional.empty();
    }
    tally.fault(fault);
    long now = System.nanoTime();
    outages.add(fault, now, now);
    underWay.add(
        CompletableFuture.runAsync(
            () -> {
              try {
                hurt(node, fault, millis);
                node.awaitReady();
                node.healed();
              } catch (IOException e) {
                findings.add(Kind.STUCK, e.getMessage());
              }
            },
            work -> Threads.daemon("fault", work)));
    return Optional.of(fault + " " + node.name);
  }

  private static void hurt(Node node, Fault fault, long millis) throws IOException {
    switch (fault) {
      case KILL_NODE -> {
        node.kill();
        node.start();
      }
      case DRAIN_NODE -> {
        node.drain();
        node.start();
      }
      case PAUSE_NODE -> node.pause(millis);
      case CUT_DATABASE -> node.database.cut();
      case REFUSE_DATABASE -> {
        node.database.refuse(millis);
        Threads.pause(millis);
      }
      case SILENCE_DATABASE -> {
        node.database.hold(millis);
        Threads.pause(millis);
      }
      case CUT_BROKER -> node.broker.cut();
      case SILENCE_BROKER -> {
        node.broker.hold(millis);
        Threads.pause(millis);
      }
      default -> throw new IllegalArgumentException(fault + " is not about a node");
    }
  }

  private String hurtAll(Fault fault, long millis) {
    tally.fault(fault);
    long from = System.nanoTime();
    unchecked(() -> hurt(fault, millis));
    long to = System.nanoTime();
    outages.add(fault, from, fault.scope == Fault.Scope.ALL ? to : from);
    return "%s, over after %d ms".formatted(fault, (to - from) / 1_000_000);
  }

  private void hurt(Fault fault, long millis) throws IOException {
    switch (fault) {
      case CRASH_DATABASE -> fleet.postgres.crash();
      case KILL_BACKEND -> fleet.postgres.killBackend();
      case PAUSE_DATABASE -> fleet.postgres.pause(millis);
      case KILL_BROKER -> fleet.broker.kill();
      case PAUSE_BROKER -> fleet.broker.pause(millis);
      case RELOAD_BALANCER -> fleet.balancer.reload();
      case CUT_CLIENTS -> fleet.clients.cut();
      case STALL_CLIENTS -> fleet.clients.stall(millis, random);
      case SILENCE_CLIENTS -> {
        long shorter = millis / 3;
        fleet.clients.hold(shorter);
        Threads.pause(shorter);
      }
      default -> throw new IllegalArgumentException(fault + " is about one node");
    }
  }
}
