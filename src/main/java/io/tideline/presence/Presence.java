package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.Hub;
import io.tideline.loop.Lane;
import io.tideline.stream.Channel;
import io.tideline.stream.Namespaces;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Who is in which channel: written for those who are connected here, read, and told to those who
 * watch. Failures are {@link io.tideline.stream.HistoryException}s.
 */
public final class Presence {
  private final MemberStore store;
  private final PresenceSettings settings;
  private final Namespaces namespaces;
  private final PresenceSync rounds;
  private final CoalescedReads reads;
  private final AtomicInteger watchers = new AtomicInteger();

  /** By the lane's index; each is its lane's. */
  private final List<Map<Channel, LaneWatches>> watched;

  /** As {@link #watched}. */
  private final List<Map<Channel, LaneSeats>> watchedSeats;

  /** What can be asked for. */
  private record Page(Channel channel, String after, int limit) {}

  /** Likewise. */
  private record Seats(Channel channel, int limit) {}

  /**
   * Makes one that has not begun.
   *
   * @param attendance of this node's {@link Hub}
   * @param nanoTime as {@link System#nanoTime()}
   */
  public Presence(
      List<? extends Lane> lanes,
      MemberStore store,
      LocalPresence attendance,
      PresenceSettings settings,
      Namespaces namespaces,
      PresenceEvents events,
      LongSupplier nanoTime) {
    this.store = store;
    this.settings = settings;
    this.namespaces = namespaces;
    this.rounds = new PresenceSync(lanes.get(0), store, attendance, settings, events, nanoTime);
    this.reads = new CoalescedReads(nanoTime);
    this.watched =
        IntStream.range(0, lanes.size())
            .<Map<Channel, LaneWatches>>mapToObj(lane -> new HashMap<>())
            .toList();
    this.watchedSeats =
        IntStream.range(0, lanes.size())
            .<Map<Channel, LaneSeats>>mapToObj(lane -> new HashMap<>())
            .toList();
  }

  /** Begins, if there is a namespace that has presence. */
  public void start() {
    if (namespaces.all().values().stream().anyMatch(namespace -> namespace.presence())) {
      rounds.start();
    }
  }

  public void stop() {
    rounds.stop();
  }

  /** Something has happened that shouldn't wait for the next round. Any thread. */
  public void hurry() {
    rounds.hurry();
  }

  public boolean isOn(Channel channel) {
    return namespaces.of(channel).presence();
  }

  /**
   * Members as the store has them.
   *
   * @param after the name after which the page begins; empty for the first
   * @param limit 0 for the numbers alone
   */
  public Uni<MemberPage> page(Grant grant, String after, int limit) {
    Page page = new Page(grant.channelFor(Action.PRESENCE), after, limit);
    return reads.read(page, () -> store.page(page.channel, after, limit));
  }

  /** Who is there, by name if they aren't too many. */
  public Uni<MemberList> state(Grant grant) {
    Channel channel = grant.channelFor(Action.PRESENCE);
    return reads.read(
        channel,
        () ->
            store
                .rosters(List.of(channel), settings.namedMax())
                .map(rosters -> rosters.rosters().get(0).within(settings.namedMax())));
  }

  /**
   * Tells the watcher the state, as soon as it is known, and from then on what changes. The caller
   * is on the lane, and ends the watch there.
   */
  public PresenceWatch watch(Grant grant, Lane lane, PresenceWatcher watcher) {
    Channel channel = grant.channelFor(Action.PRESENCE);
    Map<Channel, LaneWatches> here = watched.get(lane.index());
    LaneWatches watches = here.get(channel);
    if (watches == null) {
      watches = begin(channel, lane, here);
    }
    watchers.incrementAndGet();
    return watches.add(watcher);
  }

  private LaneWatches begin(Channel channel, Lane lane, Map<Channel, LaneWatches> here) {
    LaneWatches watches =
        new LaneWatches(
            channel,
            lane,
            settings.interval(),
            watchers::decrementAndGet,
            () -> over(channel, lane));
    here.put(channel, watches);
    rounds.follow(watches);
    return watches;
  }

  private void over(Channel channel, Lane lane) {
    rounds.unfollow(watched.get(lane.index()).remove(channel));
  }

  /**
   * Who has a seat, here and as the store has it of other nodes.
   *
   * @param limit at most {@value MemberStore#SEATS_MAX}; 0 for the numbers alone
   */
  public Uni<SeatList> seats(Grant grant, int limit) {
    Seats seats = new Seats(grant.channelFor(Action.PRESENCE), limit);
    return rounds
        .flush()
        .chain(flushed -> reads.read(seats, () -> store.seats(seats.channel, limit)));
  }

  /**
   * Tells the watcher who takes and gives up seats, from the next round on. The caller is on the
   * lane, and ends the watch there.
   */
  public SeatWatch watchSeats(Grant grant, Lane lane, SeatWatcher watcher) {
    Map<Channel, LaneSeats> here = watchedSeats.get(lane.index());
    return here.computeIfAbsent(
            grant.channelFor(Action.PRESENCE), channel -> beginSeats(channel, lane))
        .add(watcher);
  }

  private LaneSeats beginSeats(Channel channel, Lane lane) {
    LaneSeats seats =
        new LaneSeats(
            channel, lane, () -> rounds.unfollow(watchedSeats.get(lane.index()).remove(channel)));
    rounds.follow(seats);
    return seats;
  }

  /** Connections that watch a channel, each counted once a channel. */
  public int watchers() {
    return watchers.get();
  }
}
