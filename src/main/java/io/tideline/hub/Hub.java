package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.loop.IndexedBag;
import io.tideline.loop.Lane;
import io.tideline.presence.LocalPresence;
import io.tideline.presence.Seat;
import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Everyone who is connected here, and what they are subscribed to. Publications come in through
 * {@link #stored}, {@link #receive} and {@link #changed}, and leave through outlets.
 */
public final class Hub {
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final HubLimits limits;
  private final HubEvents events;
  private final LocalPresence attendance;
  private final List<Pump> pumps;
  private final PauseDetector standstill;

  /** By lane, each touched on its own; null as long as it doesn't drain. */
  private final LaneDrain[] drains;

  private final List<IndexedBag<Subscriber>> subscribers;

  /** How many connections each lane has had; each touched on its own. */
  private final long[] numbers;

  private final LocalChannels channels;
  private final Subscribing.Log log;

  /**
   * Makes a hub.
   *
   * @param lanes all lanes of this node, by their index
   * @param attendance is told who subscribes where presence is kept, and who leaves
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Hub(
      List<? extends Lane> lanes,
      History history,
      LocalPresence attendance,
      Namespaces namespaces,
      HubLimits limits,
      HubEvents events,
      Clock clock,
      LongSupplier nanoTime) {
    this.clock = clock;
    this.attendance = attendance;
    this.nanoTime = nanoTime;
    this.limits = limits;
    this.events = events;
    Pages pages = new Pages(history, limits.pageCacheBytesMax(), events);
    this.pumps =
        lanes.stream()
            .map(
                lane ->
                    new Pump(lane, pages, limits, events, clock, () -> endExpiredIfOverdue(lane)))
            .toList();
    this.subscribers = lanes.stream().map(lane -> new IndexedBag<Subscriber>(16)).toList();
    this.numbers = new long[lanes.size()];
    this.drains = new LaneDrain[lanes.size()];
    this.standstill = new PauseDetector(lanes.size(), nanoTime.getAsLong());
    ChannelStateReader states = new ChannelStateReader(history);
    this.log = new Subscribing.Log(history, states, standstill, limits.holeWait(), nanoTime);
    this.channels = new LocalChannels(namespaces, pumps, history, states, limits, events, nanoTime);
  }

  // --- connections, on their lane

  /** A connection is there. The caller is on the lane. */
  public Subscriber connect(Lane lane, Outlet outlet, Identity identity) {
    Subscriber subscriber =
        new Subscriber(
            this,
            pumps.get(lane.index()),
            outlet,
            identity,
            nextNumber(lane.index()),
            clock.millis());
    subscribers.get(lane.index()).add(subscriber);
    events.connected(subscriber.transport());
    LaneDrain drain = drains[lane.index()];
    if (drain != null) {
      drain.add(subscriber);
    }
    return subscriber;
  }

  void disconnected(Subscriber subscriber) {
    subscribers.get(subscriber.pump().lane().index()).remove(subscriber);
    events.disconnected(subscriber.transport());
  }

  /** Says on which lane the connection is: it is the remainder. */
  private long nextNumber(int lane) {
    numbers[lane]++;
    return numbers[lane] * numbers.length + lane;
  }

  /** The connections of a lane, for use on it. */
  List<Subscriber> subscribers(Lane lane) {
    return subscribers.get(lane.index()).asList();
  }

  List<Lane> lanes() {
    return pumps.stream().map(Pump::lane).toList();
  }

  /**
   * Ends the connections of a lane whose tokens have expired, and lets the others do what they do
   * by the clock. The caller is on the lane, at least twice a second.
   *
   * @throws RuntimeException what one of them failed with, after all have had their turn
   */
  public void tick(Lane lane) {
    Instant now = clock.instant();
    long nowNanos = nanoTime.getAsLong();
    standstill.ticked(lane.index(), nowNanos);
    List<Subscriber> all = subscribers(lane);
    RuntimeException failure = null;
    for (int i = all.size() - 1; i >= 0; i--) {
      if (i < all.size()) {
        try {
          tick(all.get(i), now, nowNanos);
        } catch (RuntimeException failed) {
          failure = failed;
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** After a standstill a lane may come to messages before it comes to {@link #tick}. */
  private void endExpiredIfOverdue(Lane lane) {
    long nowNanos = nanoTime.getAsLong();
    if (standstill.isOverdue(lane.index(), nowNanos)) {
      standstill.ticked(lane.index(), nowNanos);
      Instant now = clock.instant();
      endIf(lane, identity -> identity.isExpired(now), Disconnect.TOKEN_EXPIRED);
    }
  }

  private static void tick(Subscriber subscriber, Instant now, long nowNanos) {
    if (subscriber.identity().isExpired(now)) {
      subscriber.disconnect(Disconnect.TOKEN_EXPIRED);
    } else {
      subscriber.outlet().tick(nowNanos);
    }
  }

  /**
   * Tells the connections of a lane that this node goes away, and ends them spread over the window.
   * The caller is on the lane.
   *
   * @param done is run on the lane when all have been ended, or nobody is left
   */
  public void drain(Lane lane, Duration window, Random random, Runnable done) {
    LaneDrain drain = new LaneDrain(lane, subscribers(lane), window, nanoTime, random, done);
    drains[lane.index()] = drain;
    drain.step();
  }

  /** Ends all connections of a lane. The caller is on the lane. */
  public void endAll(Lane lane, Disconnect why) {
    endIf(lane, any -> true, why);
  }

  /** Ends those connections of a lane whose identity is so. The caller is on the lane. */
  void endIf(Lane lane, Predicate<Identity> isSo, Disconnect why) {
    List<Subscriber> ending =
        subscribers(lane).stream().filter(subscriber -> isSo.test(subscriber.identity())).toList();
    ending.forEach(subscriber -> subscriber.disconnect(why));
  }

  // --- subscriptions, on their lane

  void subscribe(
      Subscriber subscriber,
      Grant grant,
      Start start,
      SubscribeOptions options,
      Consumer<SubscribeOutcome> reply) {
    Channel channel = grant.channelFor(Action.SUBSCRIBE);
    if (subscriber.subscription(channel) != null) {
      reply.accept(new SubscribeOutcome.AlreadySubscribed());
      return;
    }
    if (subscriber.wanted() >= limits.subscriptionsMax()) {
      reply.accept(new SubscribeOutcome.TooMany());
      return;
    }
    subscriber.asks();
    LocalChannel local = channels.acquire(channel);
    new Subscribing(this, log, subscriber, grant, local, start, options, reply).begin();
  }

  /** A cursor is placed, and counts from now on. */
  void begin(Subscription subscription, Grant grant, SubscribeOptions options) {
    Subscriber subscriber = subscription.subscriber();
    subscription.laneChannel().add(subscription);
    subscriber.add(subscription);
    if (grant.isLent() && subscriber.outlet().isPresent()) {
      subscriber.regrant(subscription, grant);
    }
    events.subscribed();
    if (isMember(subscription)) {
      String subject = subscriber.identity().subject();
      attendance.join(subscription.channel(), subject);
      if (options.seatInfo() != null) {
        sit(subscription, new Seat(subscriber.outlet().name(), subject, options.seatInfo()));
      }
    }
  }

  void end(Subscription subscription) {
    subscription.state(Subscription.State.ENDED);
    subscription.renewal(null);
    subscription.laneChannel().remove(subscription);
    events.unsubscribed();
    if (isMember(subscription)) {
      Identity identity = subscription.subscriber().identity();
      attendance.leave(subscription.channel(), identity.subject());
      if (subscription.seat() != null) {
        attendance.giveUp(subscription.channel(), subscription.seat());
      }
    }
    channels.release(subscription.local());
    if (subscription.ended() != null) {
      subscription.ended().run();
    }
  }

  private static boolean isMember(Subscription subscription) {
    return subscription.local().namespace().presence()
        && subscription.subscriber().outlet().isPresent();
  }

  private void sit(Subscription subscription, Seat seat) {
    subscription.seat(seat);
    attendance.take(subscription.channel(), seat);
  }

  /** Its connection has turned out to be somebody else. */
  void renamed(Subscription subscription, Identity former) {
    if (isMember(subscription)) {
      Identity identity = subscription.subscriber().identity();
      attendance.rename(subscription.channel(), former.subject(), identity.subject());
      if (subscription.seat() != null) {
        sit(subscription, subscription.seat().withSubject(identity.subject()));
      }
    }
  }

  // --- news, from any thread

  /** This node stored these, dense and ascending. */
  public void stored(Channel channel, List<Publication> publications) {
    Publication last = publications.get(publications.size() - 1);
    update(new ChannelState(channel, last.epoch(), last.offset(), 1, 0), publications);
  }

  /** An ephemeral publication, made here or heard from another node. */
  public void passed(Publication publication) {
    LocalChannel local = channels.find(publication.channel());
    if (local != null && local.isEphemeral()) {
      local.home().run(() -> local.take(publication));
    }
  }

  /** Whether anybody here reads the channel, or did a moment ago; from any thread. */
  public boolean isFollowed(Channel channel) {
    return channels.find(channel) != null;
  }

  /** Another node said this. */
  public void receive(Announcement announcement) {
    for (Announcement.Entry entry : announcement.entries()) {
      if (entry.isEphemeral()) {
        entry.publications().forEach(this::passed);
      } else {
        update(entry.state(), entry.publications());
      }
    }
  }

  /** The log says this, now or a moment ago. */
  public void changed(Collection<ChannelState> changed) {
    changed.forEach(state -> update(state, List.of()));
  }

  /** All that changed until then was told by {@link #changed}. */
  void swept(long askedNanos) {
    standstill.swept(askedNanos);
  }

  /** The same of one channel; completes when all that is read here afterwards shows it. */
  Uni<Void> changed(ChannelState changed) {
    LocalChannel local = channels.find(changed.channel());
    if (local == null || local.isEphemeral()) {
      return Uni.createFrom().voidItem();
    }
    return Uni.createFrom()
        .emitter(
            emitter ->
                local
                    .home()
                    .run(
                        () -> {
                          local.update(changed, List.of());
                          emitter.complete(null);
                        }));
  }

  private void update(ChannelState state, List<Publication> publications) {
    LocalChannel local = channels.find(state.channel());
    if (local != null && !local.isEphemeral()) {
      local.home().run(() -> local.update(state, publications));
    }
  }

  /**
   * Compares every channel that is followed here with the log, because something may have been
   * missed.
   */
  public void compareAll() {
    for (LocalChannel local : channels.all()) {
      if (!local.isEphemeral()) {
        local.compare();
      }
    }
  }

  /** To be called about once a second. */
  public void forgetIdle() {
    channels.forgetIdle();
  }

  // --- figures

  /** Subscriptions to the channel on this node. */
  public int subscribers(Channel channel) {
    LocalChannel local = channels.find(channel);
    return local == null ? 0 : local.subscribers();
  }

  Pump home(Channel channel) {
    return channels.home(channel);
  }

  LocalChannels channels() {
    return channels;
  }

  /** Connections on all lanes; only sure while none comes or goes. */
  int connections() {
    return subscribers.stream().mapToInt(IndexedBag::size).sum();
  }
}
