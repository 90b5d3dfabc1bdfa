package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.loop.Lane;
import io.tideline.presence.LocalPresence;
import io.tideline.presence.Seat;
import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Everyone who is connected here, and what they are subscribed to. Publications come in through
 * {@link #stored}, {@link #receive} and {@link #changed}, and leave through outlets.
 */
public final class Hub {
  private static final int OLD_READS_MAX = 3;

  /** For half a second, as long as one waits for 20 ms. */
  private static final int OLD_LOOKS_MAX = 25;

  private final Clock clock;
  private final LongSupplier nanoTime;
  private final HubLimits limits;
  private final HubEvents events;
  private final History history;
  private final LocalPresence attendance;
  private final List<Pump> pumps;
  private final PauseDetector standstill;

  /** By lane, each touched on its own; null as long as it doesn't drain. */
  private final LaneDrain[] drains;

  private final List<List<Subscriber>> subscribers;

  /** How many connections each lane has had; each touched on its own. */
  private final long[] numbers;

  private final LocalChannels channels;
  private final ChannelStateReader states;

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
    this.history = history;
    Pages pages = new Pages(history, limits.pageCacheBytesMax(), events);
    this.pumps =
        lanes.stream()
            .map(
                lane ->
                    new Pump(lane, pages, limits, events, clock, () -> endExpiredIfOverdue(lane)))
            .toList();
    this.subscribers = lanes.stream().<List<Subscriber>>map(lane -> new ArrayList<>()).toList();
    this.numbers = new long[lanes.size()];
    this.drains = new LaneDrain[lanes.size()];
    this.standstill = new PauseDetector(lanes.size(), nanoTime.getAsLong());
    this.states = new ChannelStateReader(history);
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
    List<Subscriber> all = subscribers.get(lane.index());
    subscriber.index(all.size());
    all.add(subscriber);
    events.connected(subscriber.transport());
    LaneDrain drain = drains[lane.index()];
    if (drain != null) {
      drain.add(subscriber);
    }
    return subscriber;
  }

  void disconnected(Subscriber subscriber) {
    List<Subscriber> all = subscribers.get(subscriber.pump().lane().index());
    Subscriber last = all.remove(all.size() - 1);
    if (last != subscriber) {
      all.set(subscriber.index(), last);
      last.index(subscriber.index());
    }
    events.disconnected(subscriber.transport());
  }

  /** Says on which lane the connection is: it is the remainder. */
  private long nextNumber(int lane) {
    numbers[lane]++;
    return numbers[lane] * numbers.length + lane;
  }

  /** The connections of a lane, for use on it. */
  List<Subscriber> subscribers(Lane lane) {
    return subscribers.get(lane.index());
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
    List<Subscriber> all = subscribers.get(lane.index());
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
    LaneDrain drain =
        new LaneDrain(lane, subscribers.get(lane.index()), window, nanoTime, random, done);
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
        subscribers.get(lane.index()).stream()
            .filter(subscriber -> isSo.test(subscriber.identity()))
            .toList();
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
      reply.accept(new SubscribeOutcome.TooMany(limits.subscriptionsMax()));
      return;
    }
    subscriber.asks();
    new Subscribing(subscriber, grant, channels.acquire(channel), start, options, reply).begin();
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

  /**
   * A subscription on its way: the channel's state must be known, and the start must become an
   * offset.
   */
  private final class Subscribing {
    private final Subscriber subscriber;
    private final Grant grant;
    private final LocalChannel local;
    private final Start start;
    private final SubscribeOptions options;
    private final Consumer<SubscribeOutcome> reply;

    Subscribing(
        Subscriber subscriber,
        Grant grant,
        LocalChannel local,
        Start start,
        SubscribeOptions options,
        Consumer<SubscribeOutcome> reply) {
      this.subscriber = subscriber;
      this.grant = grant;
      this.local = local;
      this.start = start;
      this.options = options;
      this.reply = reply;
    }

    void begin() {
      ChannelState state = local.state();
      if (state == null || isNews(state)) {
        states.read(local, read -> onLane(() -> stateRead(read)));
      } else if (isOld()) {
        readAnew(state, OLD_READS_MAX);
      } else {
        place(state);
      }
    }

    /**
     * The connections may have died while this node stood still, so a read that fails is repeated.
     * What is known is better than nothing, where the log can't be asked.
     */
    private void readAnew(ChannelState known, int tries) {
      states.read(
          local,
          read ->
              onLane(
                  () -> {
                    if (read.isPresent()) {
                      placeOnceKnown(read.get(), OLD_LOOKS_MAX);
                    } else if (tries == 1) {
                      place(known);
                    } else {
                      readAnew(known, tries - 1);
                    }
                  }));
    }

    private boolean isOld() {
      int lane = subscriber.pump().lane().index();
      return !local.isEphemeral() && standstill.isBehind(lane, nanoTime.getAsLong());
    }

    /** The channel here waits a moment for what may still come, before it reads it itself. */
    private void placeOnceKnown(ChannelState read, int looks) {
      if (looks == 0
          || read.epoch() != local.state().epoch()
          || read.head() <= local.state().head()) {
        place(read);
      } else {
        Lane lane = subscriber.pump().lane();
        lane.schedule(limits.holeWait(), () -> onLane(() -> placeOnceKnown(read, looks - 1)));
      }
    }

    /** A position that this node hasn't heard of yet may still be good: the log knows. */
    private boolean isNews(ChannelState state) {
      return start instanceof Start.After after
          && !local.isEphemeral()
          && !reaches(state, after.position());
    }

    private static boolean reaches(ChannelState state, Position position) {
      return state.epoch() == position.epoch() && state.head() >= position.offset();
    }

    private void stateRead(Optional<ChannelState> read) {
      if (read.isPresent()) {
        place(read.get());
      } else {
        refuse();
      }
    }

    /**
     * Places the cursor.
     *
     * @param known what the log said, or what is known here without asking it; the channel here may
     *     be behind it, or ahead
     */
    private void place(ChannelState known) {
      if (start instanceof Start.Since since && !local.isEphemeral()) {
        history
            .offsetSince(local.channel(), since.time())
            .subscribe()
            .with(
                offset -> onLane(() -> open(known.epoch(), offset, false)),
                failure -> onLane(this::refuse));
      } else if (start instanceof Start.After after && !local.isEphemeral()) {
        Position position = after.position();
        boolean isGood = reaches(known, position) || reaches(local.state(), position);
        open(position.epoch(), position.offset() + 1, !isGood);
      } else {
        ChannelState state = local.state();
        // An ephemeral channel has no positions: one that is named is of a log that was.
        open(state.epoch(), next(state), start instanceof Start.After);
      }
    }

    private long next(ChannelState state) {
      if (local.isEphemeral()) {
        return state.head() + 1;
      }
      if (start instanceof Start.Earliest) {
        return state.first();
      }
      if (start instanceof Start.Last last) {
        return Math.max(state.first(), state.head() + 1 - last.count());
      }
      return state.head() + 1;
    }

    private void open(long epoch, long next, boolean isForeign) {
      subscriber.answered();
      if (subscriber.subscription(local.channel()) != null) {
        channels.release(local);
        reply.accept(new SubscribeOutcome.AlreadySubscribed());
        return;
      }
      LaneChannel laneChannel = laneChannel();
      Subscription subscription =
          new Subscription(subscriber, laneChannel, options, epoch, next, isForeign);
      laneChannel.add(subscription);
      subscriber.add(subscription);
      if (grant.isLent() && subscriber.outlet().isPresent()) {
        subscriber.regrant(subscription, grant);
      }
      events.subscribed();
      if (isMember(subscription)) {
        attendance.join(local.channel(), subscriber.identity().subject());
        if (options.seatInfo() != null) {
          String subject = subscriber.identity().subject();
          sit(subscription, new Seat(subscriber.outlet().name(), subject, options.seatInfo()));
        }
      }
      reply.accept(new SubscribeOutcome.Subscribed(subscription));
      if (subscription.state() != Subscription.State.ENDED) {
        subscriber.pump().start(subscription);
      }
    }

    private LaneChannel laneChannel() {
      int lane = subscriber.pump().lane().index();
      LaneChannel laneChannel = local.onLane(lane);
      if (laneChannel == null) {
        laneChannel = new LaneChannel(local, subscriber.pump());
        local.onLane(lane, laneChannel);
      }
      return laneChannel;
    }

    private void refuse() {
      subscriber.answered();
      channels.release(local);
      reply.accept(new SubscribeOutcome.Unavailable());
    }

    private void onLane(Runnable task) {
      subscriber
          .pump()
          .lane()
          .run(
              () -> {
                if (subscriber.isClosed()) {
                  channels.release(local);
                } else {
                  task.run();
                }
              });
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
    return subscribers.stream().mapToInt(List::size).sum();
  }
}
