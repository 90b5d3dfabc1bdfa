package io.tideline.simulation;

import io.tideline.hub.Channels;
import io.tideline.hub.Hub;
import io.tideline.hub.HubEvents;
import io.tideline.hub.Publisher;
import io.tideline.hub.Sweep;
import io.tideline.stream.MemoryHistory;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A node with the real live side in it, on lanes and a log that the seed plays with. */
final class SimulatedNode {
  private static final Duration SWEEP = Duration.ofSeconds(1);
  private static final Duration TICK = Duration.ofMillis(500);

  private final String name;
  private final List<SimulatedLane> lanes;
  private final Hub hub;
  private final Publisher publisher;
  private final Channels channels;
  private boolean isAlive = true;

  SimulatedNode(String name, World world, Random random) {
    this.name = name;
    VirtualTime time = world.time();
    this.lanes =
        IntStream.range(0, world.scale().lanes())
            .mapToObj(i -> new SimulatedLane(i, time, random, world.scale().laneDelayMicrosMax()))
            .toList();
    MemoryHistory log = world.log().node(name);
    log.faults(
        () -> {
          world.ledger().touched();
          return world.weather().fault();
        });
    log.delivery(
        answer ->
            time.after(
                world.weather().answerMicros(),
                () -> {
                  if (isAlive) {
                    answer.run();
                  }
                }));
    this.hub =
        new Hub(
            lanes,
            log,
            world.scale().namespaces(),
            world.scale().limits(),
            HubEvents.NONE,
            time,
            time::nanos);
    this.publisher =
        new Publisher(
            hub,
            lanes,
            log,
            announcement -> world.backplane().announce(this, announcement),
            world.scale().namespaces(),
            world.scale().limits(),
            HubEvents.NONE,
            time,
            name);
    this.channels = new Channels(hub, log, world.scale().namespaces());
    new Sweep(hub, log, lanes.get(0), SWEEP, time::nanos).start();
    lanes.forEach(this::tickLater);
  }

  private void tickLater(SimulatedLane lane) {
    lane.schedule(
        TICK,
        () -> {
          hub.tick(lane);
          tickLater(lane);
        });
  }

  String name() {
    return name;
  }

  List<SimulatedLane> lanes() {
    return lanes;
  }

  Hub hub() {
    return hub;
  }

  Publisher publisher() {
    return publisher;
  }

  Channels channels() {
    return channels;
  }

  boolean isAlive() {
    return isAlive;
  }

  /** As by {@code kill -9}: what it had stored stays stored, all else is gone. */
  void crash() {
    isAlive = false;
    lanes.forEach(SimulatedLane::die);
  }

  void pause() {
    lanes.forEach(SimulatedLane::pause);
  }

  void resume() {
    lanes.forEach(SimulatedLane::resume);
  }
}
