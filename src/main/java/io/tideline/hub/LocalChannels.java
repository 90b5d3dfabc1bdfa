package io.tideline.hub;

import io.tideline.stream.Channel;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The channels that this node follows: those with users here, and for a while those that had some,
 * so that who polls or comes back finds them warm. Any thread.
 */
final class LocalChannels {
  private static final long IDLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);

  private final Namespaces namespaces;
  private final List<Pump> pumps;
  private final History history;
  private final ChannelStateReader states;
  private final HubLimits limits;
  private final HubEvents events;
  private final LongSupplier nanoTime;
  private final TailBudget budget;
  private final ConcurrentHashMap<Channel, LocalChannel> channels = new ConcurrentHashMap<>();

  LocalChannels(
      Namespaces namespaces,
      List<Pump> pumps,
      History history,
      ChannelStateReader states,
      HubLimits limits,
      HubEvents events,
      LongSupplier nanoTime) {
    this.namespaces = namespaces;
    this.pumps = pumps;
    this.history = history;
    this.states = states;
    this.limits = limits;
    this.events = events;
    this.nanoTime = nanoTime;
    this.budget = new TailBudget(limits.tailsBytesMax());
  }

  /** Null if this node doesn't follow the channel. */
  LocalChannel find(Channel channel) {
    return channels.get(channel);
  }

  /** Bytes in the tails of all channels. */
  long tailsBytes() {
    return budget.bytes();
  }

  Collection<LocalChannel> all() {
    return channels.values();
  }

  /** The channel, followed from now on, until {@link #release}. */
  LocalChannel acquire(Channel channel) {
    return channels.compute(
        channel,
        (key, known) -> {
          LocalChannel local = known == null ? create(key) : known;
          local.users++;
          return local;
        });
  }

  void release(LocalChannel local) {
    channels.computeIfPresent(
        local.channel(),
        (key, known) -> {
          known.users--;
          known.idleSinceNanos = nanoTime.getAsLong();
          return known;
        });
  }

  /**
   * Lets go of channels that nobody used for a minute, and of the longest idle ones above the
   * limit.
   */
  void forgetIdle() {
    long now = nanoTime.getAsLong();
    List<LocalChannel> idle = new ArrayList<>();
    for (LocalChannel local : channels.values()) {
      if (local.users == 0) {
        idle.add(local);
      }
    }
    idle.sort(Comparator.comparingLong(local -> local.idleSinceNanos));
    int above = idle.size() - limits.idleChannelsMax();
    for (int i = 0; i < idle.size(); i++) {
      LocalChannel local = idle.get(i);
      if (i < above || now - local.idleSinceNanos > IDLE_NANOS_MAX) {
        forget(local);
      }
    }
  }

  private void forget(LocalChannel local) {
    LocalChannel left =
        channels.computeIfPresent(local.channel(), (key, known) -> known.users == 0 ? null : known);
    if (left == null) {
      local.home().run(local::forget);
    }
  }

  /** Where a channel has its home: the same lane for all that happens to it on this node. */
  Pump home(Channel channel) {
    return pumps.get(Math.floorMod(channel.name().hashCode() * 0x9E3779B9, pumps.size()));
  }

  private LocalChannel create(Channel channel) {
    return new LocalChannel(
        channel,
        namespaces.of(channel),
        home(channel).lane(),
        pumps.size(),
        history,
        states,
        limits,
        events,
        budget);
  }
}
