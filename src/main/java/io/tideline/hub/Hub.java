package io.tideline.hub;

import io.tideline.access.Identity;
import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Everyone who is connected here, and what they are subscribed to. Publications come in through
 * {@link #stored}, {@link #heard} and {@link #changed}, and leave through outlets.
 */
public final class Hub {
  private final Clock clock;
  private final LongSupplier nanoTime;
  private final HubLimits limits;
  private final HubEvents events;
  private final History history;
  private final List<Pump> pumps;
  private final List<List<Subscriber>> subscribers;
  private final LocalChannels channels;
  private final States states;

  /**
   * Makes a hub.
   *
   * @param lanes all lanes of this node, by their index
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Hub(
      List<? extends Lane> lanes,
      History history,
      Namespaces namespaces,
      HubLimits limits,
      HubEvents events,
      Clock clock,
      LongSupplier nanoTime) {
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.limits = limits;
    this.events = events;
    this.history = history;
    Pages pages = new Pages(history, limits.pageCacheBytesMax(), events);
    this.pumps = lanes.stream().map(lane -> new Pump(lane, pages, limits, events)).toList();
    this.subscribers = lanes.stream().<List<Subscriber>>map(lane -> new ArrayList<>()).toList();
    this.channels = new LocalChannels(namespaces, pumps, history, limits, events, nanoTime);
    this.states = new States(history);
  }

  // --- connections, on their lane

  /** A connection is there. The caller is on the lane. */
  public Subscriber connect(Lane lane, Outlet outlet, Identity identity) {
    Subscriber subscriber = new Subscriber(this, pumps.get(lane.index()), outlet, identity);
    List<Subscriber> all = subscribers.get(lane.index());
    subscriber.index(all.size());
    all.add(subscriber);
    events.connected();
    return subscriber;
  }

  void disconnected(Subscriber subscriber) {
    List<Subscriber> all = subscribers.get(subscriber.pump().lane().index());
    Subscriber last = all.remove(all.size() - 1);
    if (last != subscriber) {
      all.set(subscriber.index(), last);
      last.index(subscriber.index());
    }
    events.disconnected();
  }

  /**
   * Ends the connections of a lane whose tokens have expired, and lets the others do what they do
   * by the clock. The caller is on the lane, at least twice a second.
   */
  public void tick(Lane lane) {
    Instant now = clock.instant();
    long nowNanos = nanoTime.getAsLong();
    List<Subscriber> all = subscribers.get(lane.index());
    for (int i = all.size() - 1; i >= 0; i--) {
      if (i < all.size()) {
        tick(all.get(i), now, nowNanos);
      }
    }
  }

  private static void tick(Subscriber subscriber, Instant now, long nowNanos) {
    if (subscriber.identity().isExpired(now)) {
      subscriber.disconnect(Disconnect.TOKEN_EXPIRED);
    } else {
      subscriber.outlet().tick(nowNanos);
    }
  }

  /** Ends all connections of a lane. The caller is on the lane. */
  public void endAll(Lane lane, Disconnect why) {
    List.copyOf(subscribers.get(lane.index())).forEach(subscriber -> subscriber.disconnect(why));
  }

  // --- subscriptions, on their lane

  void subscribe(
      Subscriber subscriber,
      Channel channel,
      Start start,
      long tag,
      Consumer<SubscribeOutcome> reply) {
    if (subscriber.subscription(channel) != null) {
      reply.accept(new SubscribeOutcome.AlreadySubscribed());
      return;
    }
    if (subscriber.subscriptions().size() >= limits.subscriptionsMax()) {
      reply.accept(new SubscribeOutcome.TooMany(limits.subscriptionsMax()));
      return;
    }
    new Subscribing(subscriber, channels.acquire(channel), start, tag, reply).begin();
  }

  void end(Subscription subscription) {
    subscription.state(Subscription.State.ENDED);
    subscription.laneChannel().remove(subscription);
    events.unsubscribed();
    channels.release(subscription.local());
  }

  /**
   * A subscription on its way: the channel's state must be known, and the start must become an
   * offset.
   */
  private final class Subscribing {
    private final Subscriber subscriber;
    private final LocalChannel local;
    private final Start start;
    private final long tag;
    private final Consumer<SubscribeOutcome> reply;

    Subscribing(
        Subscriber subscriber,
        LocalChannel local,
        Start start,
        long tag,
        Consumer<SubscribeOutcome> reply) {
      this.subscriber = subscriber;
      this.local = local;
      this.start = start;
      this.tag = tag;
      this.reply = reply;
    }

    void begin() {
      ChannelState state = local.state();
      if (state == null || isAhead(state)) {
        states.read(local, failure -> onLane(() -> stateRead(failure == null)));
      } else {
        place(state);
      }
    }

    /** A position that this node hasn't heard of yet may still be good. */
    private boolean isAhead(ChannelState state) {
      return start instanceof Start.After after
          && after.position().epoch() == state.epoch()
          && after.position().offset() > state.head();
    }

    private void stateRead(boolean isRead) {
      if (isRead) {
        place(local.state());
      } else {
        refuse();
      }
    }

    private void place(ChannelState state) {
      if (start instanceof Start.Since since && !local.isEphemeral()) {
        history
            .offsetSince(local.channel(), since.time())
            .subscribe()
            .with(
                offset -> onLane(() -> open(state.epoch(), offset)),
                failure -> onLane(this::refuse));
      } else if (start instanceof Start.After after && !local.isEphemeral()) {
        Position position = after.position();
        boolean isForeign = position.epoch() != state.epoch() || position.offset() > state.head();
        open(isForeign ? Subscription.FOREIGN_EPOCH : state.epoch(), position.offset() + 1);
      } else {
        open(state.epoch(), next(state));
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

    private void open(long epoch, long next) {
      if (subscriber.subscription(local.channel()) != null) {
        channels.release(local);
        reply.accept(new SubscribeOutcome.AlreadySubscribed());
        return;
      }
      LaneChannel laneChannel = laneChannel();
      Subscription subscription = new Subscription(subscriber, laneChannel, tag, epoch, next);
      laneChannel.add(subscription);
      subscriber.add(subscription);
      events.subscribed();
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
    LocalChannel local = channels.find(channel);
    if (local != null) {
      Publication last = publications.get(publications.size() - 1);
      ChannelState state = new ChannelState(channel, last.epoch(), last.offset(), 1, 0);
      local.home().run(() -> hear(local, state, publications));
    }
  }

  /** An ephemeral publication, made here or heard from another node. */
  public void passed(Publication publication) {
    LocalChannel local = channels.find(publication.channel());
    if (local != null && local.isEphemeral()) {
      local.home().run(() -> local.take(publication));
    }
  }

  /** Another node said this. */
  public void heard(Announcement announcement) {
    for (Announcement.Entry entry : announcement.entries()) {
      LocalChannel local = channels.find(entry.state().channel());
      if (local != null) {
        if (local.isEphemeral()) {
          entry.publications().forEach(this::passed);
        } else {
          local.home().run(() -> hear(local, entry.state(), entry.publications()));
        }
      }
    }
  }

  private void hear(LocalChannel local, ChannelState state, List<Publication> publications) {
    if (!local.hear(state, publications)) {
      states.read(local, failure -> {});
    }
  }

  /** The log says this. */
  public void changed(Collection<ChannelState> changed) {
    for (ChannelState state : changed) {
      LocalChannel local = channels.find(state.channel());
      if (local != null && !local.isEphemeral()) {
        local.home().run(() -> read(local, state));
      }
    }
  }

  /**
   * A sweep may bring a state that is older than what is known, but never one of an older epoch
   * that still counts.
   */
  private void read(LocalChannel local, ChannelState state) {
    if (local.state() != null && local.state().epoch() != state.epoch()) {
      states.read(local, failure -> {});
    } else {
      local.read(state);
    }
  }

  /**
   * Compares every channel that is followed here with the log, because something may have been
   * missed.
   */
  public void compareAll() {
    for (LocalChannel local : channels.all()) {
      if (!local.isEphemeral()) {
        states.read(local, failure -> {});
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
}
