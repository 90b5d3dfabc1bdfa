package io.tideline.simulation;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Authorizer;
import io.tideline.access.Identity;
import io.tideline.access.Revocation;
import io.tideline.access.Revocations;
import io.tideline.hub.Channels;
import io.tideline.hub.Hub;
import io.tideline.hub.HubEvents;
import io.tideline.hub.Publisher;
import io.tideline.hub.Revoker;
import io.tideline.hub.Sweep;
import io.tideline.presence.LocalPresence;
import io.tideline.stream.MemoryHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/** A node with the real live side in it, on lanes and a log that the seed plays with. */
final class SimulatedNode {
  static final Duration SWEEP = Duration.ofSeconds(1);
  private static final Duration TICK = Duration.ofMillis(500);
  private static final Duration TOKEN_AGE_MAX = Duration.ofDays(1);
  private static final double ROUNDING = 1e-9;

  /** With more to do its lanes are late, which is no fault of what they do. */
  private static final long BACKLOG_MICROS_MAX = 100_000;

  private final String name;
  private final World world;
  private final NodeClock clock;
  private final DatabaseLine line;
  private final List<SimulatedLane> lanes;
  private final Hub hub;
  private final Publisher publisher;
  private final Channels channels;
  private final AccessPolicy access;
  private final Revoker revoker;
  private boolean isAlive = true;
  private boolean isOffBackplane;
  private boolean isPaused;
  private long runsSinceMicros;

  /** When a lane last had more to do than it does as it comes. */
  private long lateMicros;

  private Drain drain;

  private record Drain(long beganMicros, long windowMicros) {}

  SimulatedNode(String name, World world) {
    this.name = name;
    this.world = world;
    VirtualTime time = world.time();
    this.runsSinceMicros = time.micros();
    this.clock = new NodeClock(time);
    this.line = new DatabaseLine(world);
    this.lanes =
        IntStream.range(0, world.scale().lanes())
            .mapToObj(i -> new SimulatedLane(i, world, this))
            .toList();
    MemoryHistory stored = world.log().node(name);
    stored.faults(line);
    stored.delivery(line);
    WatchedLog log = new WatchedLog(stored, world.ledger());
    this.hub =
        new Hub(
            lanes,
            log,
            new LocalPresence(Duration.ZERO, time::nanos),
            world.scale().namespaces(),
            world.scale().limits(),
            HubEvents.NONE,
            clock,
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
            clock,
            name);
    this.channels = new Channels(hub, log, world.scale().namespaces());
    Revocations revocations = new Revocations();
    this.access = new AccessPolicy(world.scale().namespaces(), revocations, Authorizer.NONE, clock);
    this.revoker =
        new Revoker(
            world.revocations().over(line),
            revocations,
            Authorizer.NONE,
            hub,
            lanes,
            TOKEN_AGE_MAX,
            clock);
    new Sweep(hub, log, lanes.get(0), SWEEP, time::nanos).start();
    revoker.start();
    lanes.forEach(this::tickLater);
  }

  private void tickLater(SimulatedLane lane) {
    lane.schedule(
        TICK,
        () -> {
          if (isAlive) {
            hub.tick(lane);
            tickLater(lane);
          }
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

  DatabaseLine line() {
    return line;
  }

  boolean isAlive() {
    return isAlive;
  }

  /** As by {@code kill -9}: what it had stored stays stored, all else is gone. */
  void crash() {
    isAlive = false;
    line.die();
    lanes.forEach(SimulatedLane::die);
  }

  // --- access

  /** What its entrance would say. */
  boolean admits(Identity identity) {
    return !identity.isExpired(clock.instant()) && !access.isRevoked(identity);
  }

  boolean isExpired(Identity identity) {
    return identity.isExpired(clock.instant());
  }

  /** Ends the access of everyone of that name; {@code done} is run once that is promised. */
  void revoke(String subject, Instant before, Runnable done) {
    revoker
        .revoke(access.admin(World.SOMEONE).orElseThrow(), Revocation.Kind.SUBJECT, subject, before)
        .subscribe()
        .with(revoked -> done.run(), failure -> {});
  }

  // --- pauses, cuts and clocks

  void pause() {
    if (!isPaused) {
      isPaused = true;
      lanes.forEach(SimulatedLane::pause);
    }
  }

  void resume() {
    if (isPaused) {
      isPaused = false;
      runsSinceMicros = world.time().micros();
      lanes.forEach(SimulatedLane::resume);
    }
  }

  boolean isPaused() {
    return isPaused;
  }

  /** Since when it hasn't stood still. */
  long runsSinceMicros() {
    return runsSinceMicros;
  }

  void offBackplane(boolean isOff) {
    isOffBackplane = isOff && !world.weather().isCalm();
  }

  boolean isOffBackplane() {
    return isOffBackplane;
  }

  void stepClock(Duration by) {
    clock.step(by);
  }

  /** Whether it runs, and does what it has to do as it comes. */
  boolean isAtWork() {
    if (!isAlive || isPaused) {
      return false;
    }
    for (SimulatedLane lane : lanes) {
      if (isLate(lane)) {
        return false;
      }
    }
    return true;
  }

  private boolean isLate(SimulatedLane lane) {
    return (long) lane.backlog() * world.scale().laneDelayMicrosMax() > BACKLOG_MICROS_MAX;
  }

  /** The lane begins the next of its tasks. */
  void works(SimulatedLane lane) {
    if (isLate(lane)) {
      lateMicros = world.time().micros();
    }
  }

  /**
   * Since when {@link #isAtWork} has been true, if it is. What was begun before, such as a look for
   * revocations, may have waited in a lane for longer than a deadline allows.
   */
  long atWorkSinceMicros() {
    return Math.max(runsSinceMicros, lateMicros);
  }

  // --- going away

  void drain(Duration window) {
    drain = new Drain(world.time().micros(), window.toNanos() / 1000);
    for (SimulatedLane lane : lanes) {
      lane.execute(
          () -> {
            lane.drains();
            hub.drain(lane, window, world.random(), () -> {});
          });
    }
  }

  boolean isDraining() {
    return drain != null;
  }

  int connections() {
    return lanes.stream().mapToInt(SimulatedLane::connections).sum();
  }

  /** P10: who is sent away is sent away bit by bit. */
  void checkSpread(SimulatedLane lane) {
    Violation.unless(drain != null, "%s doesn't drain", name);
    long elapsed = world.time().micros() - drain.beganMicros();
    double drained = lane.drained();
    Violation.unless(
        elapsed >= drain.windowMicros()
            || drained <= (double) elapsed / drain.windowMicros() + ROUNDING,
        "%s has sent away %.2f of a lane's connections after %d of %d µs",
        name,
        drained,
        elapsed,
        drain.windowMicros());
  }

  /** P10: in the end all have been sent away. */
  void checkDrained(long slackMicros) {
    long since = Math.max(atWorkSinceMicros(), drain.beganMicros()) + drain.windowMicros();
    Violation.unless(
        connections() == 0 || !isAtWork() || world.time().micros() <= since + slackMicros,
        "%s has drained, and %d are connected",
        name,
        connections());
  }
}
