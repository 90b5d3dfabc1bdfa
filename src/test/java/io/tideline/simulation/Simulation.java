package io.tideline.simulation;

import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.tideline.access.Action;
import io.tideline.hub.HubInsight;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * One run: some seconds in which anything may happen to anyone, then calm, then the end. Whatever a
 * seed does, it does again.
 */
final class Simulation {
  /** Enough for a reader of pages that each take long and hold little. */
  private static final long CALM_MICROS_MAX = Duration.ofSeconds(30).toNanos() / 1000;

  private static final long CALM_MICROS_MIN = Duration.ofMillis(500).toNanos() / 1000;
  private static final long IDLE_MICROS = Duration.ofSeconds(70).toNanos() / 1000;
  private static final long LOOK_MICROS = Duration.ofMillis(250).toNanos() / 1000;

  /**
   * Of so many seeds one waits as long as it can, though all have arrived: first for what was on
   * its way, then until everybody is forgotten, which takes as long as all the rest.
   */
  private static final int TO_THE_END_EACH = 32;

  /** Shorter ones in a row would be a standstill that nobody notices. */
  private static final long PAUSES_APART_MICROS = Duration.ofMillis(1_500).toNanos() / 1000;

  /** After something went wrong it is tried again, after so long at most. */
  private static final long TROUBLE_MICROS = Duration.ofSeconds(2).toNanos() / 1000;

  private static final long DRAINED_MICROS_MAX = Duration.ofSeconds(1).toNanos() / 1000;
  private static final int EVENTS_AT_ONE_TIME_MAX = 100_000;
  private static final int NODES_TOO_MANY_MAX = 3;

  private final World world;
  private final Random random;
  private final Publishers publishers;
  private final List<Client> clients = new ArrayList<>();
  private final long wildMicros;
  private final long actMicrosMax;
  private final double disasters;
  private final boolean isToTheEnd;
  private boolean isCalm;
  private long events;

  Simulation(long seed, boolean isTraced) {
    this.world = new World(seed, isTraced);
    this.random = world.random();
    this.publishers = new Publishers(world);
    this.isToTheEnd = seed % TO_THE_END_EACH == 0;
    this.wildMicros = (Duration.ofSeconds(1).toNanos() / 1000) << random.nextInt(4);
    this.actMicrosMax = 20_000L << random.nextInt(4);
    this.disasters = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.2;
    for (int i = 0; i < world.scale().clients(); i++) {
      clients.add(new Client(world, "client" + i));
    }
  }

  /** Events that happened. */
  long run() {
    Infrastructure.setDroppedExceptionHandler(
        dropped -> {
          throw new Violation("dropped: " + dropped);
        });
    world.ledger().update();
    clients.forEach(Client::connect);
    act();
    look();
    passUntil(wildMicros);
    calm();
    passCalm();
    clients.forEach(this::checkAtHead);
    publishers.check();
    if (isToTheEnd) {
      clients.forEach(Client::go);
      passUntil(world.time().micros() + IDLE_MICROS);
      world.nodes().forEach(Simulation::checkClean);
    }
    return events;
  }

  String trace() {
    return world.trace();
  }

  /** Until all have what they wait for, and mostly no longer. */
  private void passCalm() {
    long end = wildMicros + CALM_MICROS_MAX;
    passUntil(wildMicros + CALM_MICROS_MIN);
    while (world.time().micros() < end && (isToTheEnd || !isSettled())) {
      passUntil(world.time().micros() + LOOK_MICROS);
    }
  }

  private boolean isSettled() {
    return clients.stream().allMatch(client -> client.isAtHead())
        && world.nodes().stream().noneMatch(SimulatedNode::isDraining)
        && publishers.areAnswered();
  }

  private void passUntil(long micros) {
    long at = world.time().micros();
    int atOneTime = 0;
    while (world.time().step(micros)) {
      events++;
      world.ledger().update();
      if (world.stirred() != null) {
        checkHeads(world.stirred());
      }
      world.eventEnded();
      atOneTime = world.time().micros() == at ? atOneTime + 1 : 0;
      at = world.time().micros();
      if (atOneTime == EVENTS_AT_ONE_TIME_MAX) {
        throw new Violation("it runs in a circle");
      }
    }
  }

  /** What shows by the clock alone. */
  private void look() {
    world.nodes().forEach(this::checkLate);
    clients.forEach(Client::checkAccess);
    world.time().after(LOOK_MICROS, this::look);
  }

  // --- what happens

  private void act() {
    if (isCalm) {
      return;
    }
    if (random.nextDouble() < disasters) {
      disaster();
    } else if (random.nextInt(3) > 0) {
      publishers.act();
    } else {
      clients.get(random.nextInt(clients.size())).act();
    }
    world.time().after(random.nextLong(actMicrosMax), this::act);
  }

  private void disaster() {
    switch (random.nextInt(18)) {
      case 0 -> crash(world.anyNode());
      case 1, 2 -> pause(world.anyNode());
      case 3 -> databaseAway();
      case 4 -> backplaneDown();
      case 5, 6 -> retain(anyDurable());
      case 7, 8 -> purge(anyDurable());
      case 9 -> world.log().forgetChanges();
      case 10 -> newEpoch(0);
      case 11 -> newEpoch(random.nextInt(10));
      case 12 -> cutOffDatabase(world.anyNode());
      case 13 -> cutOffBackplane(world.anyNode());
      case 14 -> stepClock(world.anyNode());
      case 15, 16 -> drain(world.anyNode());
      default -> startAnother();
    }
  }

  private void startAnother() {
    if (world.nodes().size() < world.scale().nodes() + NODES_TOO_MANY_MAX) {
      world.startNode();
    }
  }

  private void crash(SimulatedNode node) {
    world.trace(() -> node.name() + " crashes");
    end(node);
    if (world.nodes().size() < world.scale().nodes()) {
      world.startNode();
    }
  }

  private void end(SimulatedNode node) {
    world.crash(node);
    for (Client client : clients) {
      if (client.connection() != null && client.connection().node() == node) {
        client.drop();
      }
    }
  }

  /** Often too short to be noticed, and never twice in a row, which would make it a longer one. */
  private void pause(SimulatedNode node) {
    if (node.isPaused() || world.time().micros() - node.runsSinceMicros() < PAUSES_APART_MICROS) {
      return;
    }
    world.trace(() -> node.name() + " pauses");
    node.pause();
    long micros = random.nextBoolean() ? random.nextLong(1_400_000) : random.nextLong(8_000_000);
    world.time().after(micros, () -> resume(node));
  }

  /** Some come to it at once, who would be told of heads as they were. */
  private void resume(SimulatedNode node) {
    node.resume();
    if (node.isAlive() && !node.isDraining()) {
      arriveAt(node);
    }
  }

  private void arriveAt(SimulatedNode node) {
    for (Client client : clients) {
      if (client.connection() == null && random.nextBoolean()) {
        client.connectTo(node);
      }
    }
  }

  private void cutOffDatabase(SimulatedNode node) {
    world.trace(() -> node.name() + " doesn't reach the database");
    node.line().cut(true);
    world.time().after(random.nextLong(4_000_000), () -> node.line().cut(false));
  }

  private void cutOffBackplane(SimulatedNode node) {
    world.trace(() -> node.name() + " is off the backplane");
    node.offBackplane(true);
    world.time().after(random.nextLong(6_000_000), () -> node.offBackplane(false));
  }

  private void stepClock(SimulatedNode node) {
    Duration by = Duration.ofMillis(random.nextInt(20_000) - 10_000L);
    world.trace(() -> node.name() + " sets its clock by " + by);
    node.stepClock(by);
  }

  /** As in a rolling restart: one more comes, then this one goes, and some still come to it. */
  private void drain(SimulatedNode node) {
    Duration window = Duration.ofMillis(random.nextInt(3_000));
    world.trace(() -> node.name() + " drains for " + window);
    startAnother();
    world.withdraw(node);
    node.drain(window);
    arriveAt(node);
    world.time().after(window, () -> stopOnceDrained(node));
  }

  /** It stops when all are gone, and all that it was given is answered. */
  private void stopOnceDrained(SimulatedNode node) {
    if (!node.isAlive()) {
      return;
    }
    if (node.connections() == 0 && publishers.areAnsweredBy(node)) {
      world.trace(() -> node.name() + " stops");
      end(node);
    } else {
      node.checkDrained(DRAINED_MICROS_MAX);
      world.time().after(LOOK_MICROS, () -> stopOnceDrained(node));
    }
  }

  private void databaseAway() {
    world.trace(() -> "the database goes away");
    world.weather().databaseAway(true);
    world.time().after(random.nextLong(3_000_000), () -> world.weather().databaseAway(false));
  }

  private void backplaneDown() {
    world.weather().backplaneDown(true);
    world.time().after(random.nextLong(5_000_000), () -> world.weather().backplaneDown(false));
  }

  private Channel anyDurable() {
    List<Channel> channels = world.scale().durableChannels();
    return channels.get(random.nextInt(channels.size()));
  }

  private void retain(Channel channel) {
    ChannelState now = world.ledger().state(channel);
    long first = now.first() + random.nextLong(now.head() + 2 - now.first());
    world.trace(() -> channel + " is retained from " + first);
    world.log().retainFrom(channel, first);
  }

  private void purge(Channel channel) {
    ChannelState now = world.ledger().state(channel);
    long through = random.nextLong(now.head() + 1);
    world.trace(() -> channel + " is purged through " + through);
    world
        .anyNode()
        .channels()
        .purge(world.grant(Action.ADMIN, channel), new Position(now.epoch(), through))
        .subscribe()
        .with(purged -> {}, failure -> {});
  }

  private void newEpoch(int lost) {
    world.trace(() -> "a new epoch, " + lost + " lost");
    world.log().newEpoch(lost);
  }

  private void calm() {
    world.trace(() -> "calm");
    isCalm = true;
    world.weather().calm();
    world
        .nodes()
        .forEach(
            node -> {
              node.resume();
              node.line().cut(false);
              node.offBackplane(false);
            });
    settle();
    publishers.publishEverywhere(world.anyNode());
  }

  /** Those that are refused or cut off once more come back. */
  private void settle() {
    clients.forEach(Client::settle);
    if (world.time().micros() < wildMicros + CALM_MICROS_MAX / 2) {
      world.time().after(100_000, this::settle);
    }
  }

  // --- what must hold

  /** No node believes in what was never stored. */
  private void checkHeads(SimulatedNode node) {
    for (ChannelState known : HubInsight.states(node.hub())) {
      long head = world.ledger().state(known.epoch(), known.channel()).head();
      if (known.head() > head) {
        throw Violation.of("%s believes %s, not %d", node.name(), known, head);
      }
    }
  }

  /** P6: without the backplane a node is late by the sweep, as long as the database answers it. */
  private void checkLate(SimulatedNode node) {
    long lateMax = world.lateMicrosMax();
    long since = world.time().micros() - lateMax;
    boolean mayBeLate =
        !node.isAtWork()
            || node.atWorkSinceMicros() > since
            || node.line().troubledMicros() > since - TROUBLE_MICROS
            || world.ledger().epochSinceMicros() > since;
    if (mayBeLate) {
      return;
    }
    for (ChannelState known : HubInsight.states(node.hub())) {
      long late = world.ledger().ageMicros(known.channel(), known.head());
      if (known.epoch() != world.ledger().epoch() || late > lateMax) {
        throw Violation.of("%s believes %s, which is late by %d µs", node.name(), known, late);
      }
    }
  }

  private void checkAtHead(Client client) {
    client.followers().forEach(Follower::checkAtHead);
  }

  private static void checkClean(SimulatedNode node) {
    Violation.unless(
        HubInsight.isClean(node.hub()), "%s: %s", node.name(), HubInsight.text(node.hub()));
  }
}
