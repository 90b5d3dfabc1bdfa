package io.tideline.app;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.tideline.backplane.MessagingBackplane;
import io.tideline.bridge.InboundBridges;
import io.tideline.bridge.OutboundBridges;
import io.tideline.config.StartRefusedException;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Hub;
import io.tideline.hub.Revoker;
import io.tideline.hub.Sweep;
import io.tideline.loop.Lane;
import io.tideline.net.Lanes;
import io.tideline.net.accept.GoAway;
import io.tideline.net.http.InFlightRequests;
import io.tideline.postgres.Migrations;
import io.tideline.postgres.NodeLease;
import io.tideline.postgres.Outbox;
import io.tideline.postgres.PgHistory;
import io.tideline.postgres.Pruner;
import io.tideline.postgres.UnsafeServerException;
import io.tideline.presence.Presence;
import io.tideline.session.Admission;
import io.tideline.stream.HistoryException;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/** What runs as long as the node does. */
@Singleton
final class Lifecycle {
  private static final Logger LOG = Logger.getLogger(Lifecycle.class);
  private static final Duration TICK = Duration.ofMillis(250);
  private static final long SCHEMA_SECONDS_MAX = 5;
  private static final Duration GOODBYE_MAX = Duration.ofSeconds(6);
  private static final long ANSWERS_POLL_MILLIS = 10;

  private final Hub hub;
  private final Lanes lanes;
  private final Sweep sweep;
  private final Revoker revoker;
  private final MessagingBackplane backplane;
  private final Migrations migrations;
  private final PgHistory history;
  private final NodeLease lease;
  private final Presence presence;
  private final Outbox outbox;
  private final Pruner pruner;
  private final InboundBridges bridges;
  private final OutboundBridges outboundBridges;
  private final Admission admission;
  private final InFlightRequests underWay;
  private final GoAway goAway;
  private final NodeDescription description;
  private final Duration drainWindow;
  private final Duration presenceGrace;
  private final int connectionsMax;
  private final boolean isFirstRun;
  private volatile boolean isDraining;
  private volatile boolean isStopping;

  Lifecycle(
      Hub hub,
      Lanes lanes,
      Sweep sweep,
      Revoker revoker,
      MessagingBackplane backplane,
      Migrations migrations,
      PgHistory history,
      NodeLease lease,
      Presence presence,
      Outbox outbox,
      Pruner pruner,
      InboundBridges bridges,
      OutboundBridges outboundBridges,
      Admission admission,
      InFlightRequests underWay,
      GoAway goAway,
      NodeDescription description,
      TidelineConfig config) {
    this.hub = hub;
    this.lanes = lanes;
    this.sweep = sweep;
    this.revoker = revoker;
    this.backplane = backplane;
    this.migrations = migrations;
    this.history = history;
    this.lease = lease;
    this.presence = presence;
    this.outbox = outbox;
    this.pruner = pruner;
    this.bridges = bridges;
    this.outboundBridges = outboundBridges;
    this.admission = admission;
    this.underWay = underWay;
    this.goAway = goAway;
    this.description = description;
    this.drainWindow = Settings.drainWindow(config);
    this.presenceGrace = Settings.presence(config).grace();
    this.connectionsMax = config.limits().connections();
    this.isFirstRun = config.firstRun();
  }

  /** Whether this node is on its way out. */
  boolean isDraining() {
    return isDraining;
  }

  void start(@Observes StartupEvent event) {
    FileLimit.warnIfBelow(connectionsMax, isFirstRun);
    migrate();
    learnRevocations();
    backplane.listen(hub::isFollowed, hub::receive);
    sweep.start();
    lease.describe(description);
    lease.start(this::wasAway);
    presence.start();
    outbox.start();
    pruner.start();
    startBridges();
    lanes.all().forEach(this::tickLater);
  }

  /** Longer than the others wait for a node: what is known here may be long past. */
  private void wasAway() {
    hub.compareAll();
    presence.hurry();
  }

  /**
   * Usually this takes a moment, and then the first client finds everything in place; but nobody
   * waits for a database that is away.
   */
  private void migrate() {
    migrations.start();
    try {
      migrations.done().toCompletableFuture().get(SCHEMA_SECONDS_MAX, TimeUnit.SECONDS);
      openLog();
    } catch (TimeoutException away) {
      LOG.warn(
          "Starting without the database: this node is live, and becomes ready when the database answers.");
    } catch (InterruptedException | ExecutionException stopped) {
      throw new IllegalStateException("interrupted while starting", stopped);
    }
  }

  /** Before the first client comes, if the database is there. */
  private void learnRevocations() {
    CompletionStage<Void> known = revoker.start();
    if (!migrations.isDone()) {
      return;
    }
    try {
      known.toCompletableFuture().get(SCHEMA_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (TimeoutException away) {
      LOG.warn("Starting without the revocations: they apply as soon as they can be read.");
    } catch (InterruptedException | ExecutionException stopped) {
      throw new IllegalStateException("interrupted while starting", stopped);
    }
  }

  /** On a server that would lose what it has confirmed, nothing is to be published at all. */
  private void openLog() {
    try {
      history.open().await().indefinitely();
    } catch (UnsafeServerException unsafe) {
      throw new StartRefusedException(unsafe.getMessage(), unsafe);
    } catch (HistoryException notNow) {
      LOG.warnf("Starting without the log: %s", notNow.getMessage());
    }
  }

  private void startBridges() {
    try {
      bridges.start();
      outboundBridges.start();
    } catch (IllegalArgumentException unusable) {
      throw new StartRefusedException(unusable.getMessage(), unusable);
    }
  }

  private void tickLater(Lane lane) {
    lane.schedule(
        TICK,
        () -> {
          if (!isStopping) {
            try {
              hub.tick(lane);
            } finally {
              tickLater(lane);
            }
          }
        });
  }

  /**
   * Before anything is stopped: no more traffic is wanted, who is connected is sent elsewhere bit
   * by bit, and what was accepted is answered.
   */
  void drain(@Observes ShutdownDelayInitiatedEvent event) throws InterruptedException {
    isDraining = true;
    bridges.stop();
    outboundBridges.stop();
    admission.close();
    lease.renew();
    underWay.drain();
    goAway.send();
    int connections = admission.connections();
    if (connections > 0) {
      LOG.infof("Sending %d connections elsewhere within %s", connections, drainWindow);
    }
    CountDownLatch sentAway = new CountDownLatch(lanes.all().size());
    lanes
        .all()
        .forEach(
            lane ->
                lane.execute(
                    () -> hub.drain(lane, drainWindow, new Random(), sentAway::countDown)));
    if (!sentAway.await(drainWindow.plus(GOODBYE_MAX).toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.warn("Some connections could not be sent elsewhere in time.");
    }
    underWay.close();
    awaitAnswers();
  }

  private void awaitAnswers() throws InterruptedException {
    long deadline = System.nanoTime() + GOODBYE_MAX.toNanos();
    while ((underWay.count() > 0 || admission.connections() > 0 || outboundBridges.areEnding())
        && System.nanoTime() < deadline) {
      Thread.sleep(ANSWERS_POLL_MILLIS);
    }
  }

  /** Whoever came through a gap is told to come back elsewhere too. */
  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    isDraining = true;
    isStopping = true;
    migrations.close();
    bridges.stop();
    outboundBridges.stop();
    pruner.stop();
    outbox.stop();
    presence.stop();
    lease.stop(presenceGrace);
    sweep.stop();
    revoker.stop();
    CountDownLatch told = new CountDownLatch(lanes.all().size());
    lanes
        .all()
        .forEach(
            lane ->
                lane.execute(
                    () -> {
                      hub.endAll(lane, Disconnect.DRAIN);
                      told.countDown();
                    }));
    if (!told.await(GOODBYE_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.warn(
          "Some connections could not be told that this node stops; they will notice when it closes them.");
    }
  }
}
