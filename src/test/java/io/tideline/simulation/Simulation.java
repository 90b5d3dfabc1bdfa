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
  private static final long WILD_MICROS = Duration.ofSeconds(8).toNanos() / 1000;
  private static final long CALM_MICROS = Duration.ofSeconds(15).toNanos() / 1000;
  private static final long IDLE_MICROS = Duration.ofSeconds(70).toNanos() / 1000;

  /**
   * Of so many seeds one waits until everybody is forgotten, which takes as long as all the rest.
   */
  private static final int TO_THE_END_EACH = 4;

  private static final int EVENTS_AT_ONE_TIME_MAX = 100_000;

  private final World world;
  private final Random random;
  private final Publishers publishers;
  private final List<Client> clients = new ArrayList<>();
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
    passUntil(WILD_MICROS);
    calm();
    passUntil(WILD_MICROS + CALM_MICROS);
    clients.forEach(this::checkAtHead);
    publishers.check();
    if (isToTheEnd) {
      clients.forEach(Client::go);
      passUntil(WILD_MICROS + CALM_MICROS + IDLE_MICROS);
      world.nodes().forEach(Simulation::checkClean);
    }
    return events;
  }

  String trace() {
    return world.trace();
  }

  private void passUntil(long micros) {
    long at = world.time().micros();
    int atOneTime = 0;
    while (world.time().step(micros)) {
      events++;
      world.eventEnded();
      world.ledger().update();
      world.nodes().forEach(this::checkHeads);
      atOneTime = world.time().micros() == at ? atOneTime + 1 : 0;
      at = world.time().micros();
      Violation.unless(atOneTime < EVENTS_AT_ONE_TIME_MAX, "it runs in a circle");
    }
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
    switch (random.nextInt(12)) {
      case 0 -> crash(world.anyNode());
      case 1 -> pause(world.anyNode());
      case 2 -> databaseAway();
      case 3 -> backplaneDown();
      case 4, 5 -> retain(anyDurable());
      case 6, 7 -> purge(anyDurable());
      case 8 -> world.log().forgetChanges();
      case 9 -> newEpoch(0);
      case 10 -> newEpoch(random.nextInt(10));
      default -> world.startNode();
    }
  }

  private void crash(SimulatedNode node) {
    world.trace(() -> node.name() + " crashes");
    world.crash(node);
    for (Client client : clients) {
      if (client.connection() != null && client.connection().node() == node) {
        client.drop();
      }
    }
    if (world.nodes().size() < world.scale().nodes()) {
      world.startNode();
    }
  }

  private void pause(SimulatedNode node) {
    world.trace(() -> node.name() + " pauses");
    node.pause();
    world.time().after(random.nextLong(4_000_000), node::resume);
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
    world.nodes().forEach(SimulatedNode::resume);
    settle();
    publishers.publishEverywhere(world.anyNode());
  }

  /** Those that are refused or cut off once more come back. */
  private void settle() {
    clients.forEach(Client::settle);
    if (world.time().micros() < WILD_MICROS + CALM_MICROS / 2) {
      world.time().after(100_000, this::settle);
    }
  }

  // --- what must hold

  /** No node believes in what was never stored. */
  private void checkHeads(SimulatedNode node) {
    for (ChannelState known : HubInsight.states(node.hub())) {
      long head = world.ledger().state(known.epoch(), known.channel()).head();
      Violation.unless(known.head() <= head, "%s believes %s, not %d", node.name(), known, head);
    }
  }

  private void checkAtHead(Client client) {
    for (Follower follower : client.followers()) {
      Violation.unless(
          follower.state() == Follower.State.SUBSCRIBED,
          "%s: %s %s in the end",
          client,
          follower.channel(),
          follower.state());
      if (!follower.isEphemeral()) {
        follower.checkAtHead();
      }
    }
  }

  private static void checkClean(SimulatedNode node) {
    Violation.unless(
        HubInsight.isClean(node.hub()), "%s: %s", node.name(), HubInsight.text(node.hub()));
  }
}
