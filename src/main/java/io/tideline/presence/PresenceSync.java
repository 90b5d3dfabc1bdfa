package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import io.tideline.loop.Lane;
import io.tideline.presence.MemberStore.Changes;
import io.tideline.presence.MemberStore.Place;
import io.tideline.presence.MemberStore.Rosters;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The recurring work on presence, one step after the other: write what has changed here, keep the
 * store in shape, read the states that somebody began to watch, read what has changed, and send it.
 * So one event a channel and interval is told, however many moved; and as states are read before
 * the changes that follow them, none falls in between.
 *
 * <p>Who begins to watch isn't kept waiting for the next round: in between, what is unread is read
 * and told, and nothing else is done; so whoever begins and ends watches doesn't hurry the rest.
 *
 * <p>What fails is tried again in the next round; what is known stays. On one lane.
 *
 * <pre>
 * NEW        not started                            start: IDLE, and a round at once
 * IDLE       waits for the next round, or a read in between
 * BUSY       a round or a read in between is under way     over: IDLE   round: ROUND_DUE
 * ROUND_DUE  likewise, and a round follows at once         over: IDLE, and a round at once
 * STOPPED    nothing begins any more; for good
 * </pre>
 */
final class PresenceSync {
  private enum Phase {
    NEW,
    IDLE,
    BUSY,
    ROUND_DUE,
    STOPPED
  }

  /** What is unread, and to be read before the next round. */
  private enum Asked {
    NOTHING,
    UNREAD,
    /** Likewise, and a timer for it runs. */
    UNREAD_TIMED
  }

  private static final Duration KEEP = Duration.ofSeconds(1);

  /** Between the end of one round, or of a read in between, and the next read in between. */
  private static final Duration BREATH = Duration.ofMillis(50);

  /** Statements of one kind in a round: what is beyond comes in the next one. */
  private static final int STATEMENTS_MAX = 16;

  private final Lane lane;
  private final MemberStore store;
  private final LocalPresence attendance;
  private final PresenceSettings settings;
  private final PresenceEvents events;
  private final LongSupplier nanoTime;
  private final SeatSync seats;
  private final Map<Channel, Followed> followed = new HashMap<>();
  private final Set<Followed> touched = new LinkedHashSet<>();

  /** Whose state isn't known, or no longer; who waits longest comes first. */
  private final Set<Followed> unread = new LinkedHashSet<>();

  /** How far changes were read; null where the states must be read before. */
  private @Nullable Place place;

  /** Wait for the next round, and for the one that is under way. */
  private List<Runnable> waiting = new ArrayList<>(0);

  private List<Runnable> served = new ArrayList<>(0);
  private long writtenUnder;
  private long keptNanos;
  private long endedNanos;
  private int timer;
  private Phase phase = Phase.NEW;
  private Asked asked = Asked.NOTHING;

  /** Whether the last round failed. */
  private boolean isFailing;

  /** A channel that is watched here, and the lanes on which it is. */
  private static final class Followed {
    private final Channel channel;
    private final ChannelPresence follower;
    private final Set<LaneWatches> lanes = new LinkedHashSet<>(1);
    private @Nullable PresenceUpdate newest;

    Followed(Channel channel, int namedMax) {
      this.channel = channel;
      this.follower = new ChannelPresence(new Occupancy(channel, 0, 0, 0), namedMax);
    }
  }

  PresenceSync(
      Lane lane,
      MemberStore store,
      LocalPresence attendance,
      PresenceSettings settings,
      PresenceEvents events,
      LongSupplier nanoTime) {
    this.lane = lane;
    this.store = store;
    this.attendance = attendance;
    this.settings = settings;
    this.events = events;
    this.nanoTime = nanoTime;
    this.seats = new SeatSync(lane, store);
    this.keptNanos = nanoTime.getAsLong();
    this.endedNanos = keptNanos - BREATH.toNanos();
  }

  void start() {
    lane.execute(
        () -> {
          become(Phase.IDLE);
          round();
        });
  }

  void stop() {
    lane.execute(() -> become(Phase.STOPPED));
  }

  private void become(Phase next) {
    if (phase != Phase.STOPPED) {
      phase = next;
    }
  }

  void hurry() {
    lane.execute(this::round);
  }

  // --- who watches; any lane

  void follow(LaneSeats watches) {
    lane.execute(
        () -> {
          seats.follow(watches);
          asked = asked == Asked.NOTHING ? Asked.UNREAD : asked;
          readSoon();
        });
  }

  void unfollow(LaneSeats watches) {
    seats.unfollow(watches);
  }

  /**
   * Completes when all is written that has changed here until now, or has failed to be; on the
   * rounds' lane.
   */
  Uni<Void> flush() {
    return Uni.createFrom()
        .emitter(
            emitter ->
                lane.execute(
                    () -> {
                      Runnable done = () -> emitter.complete(null);
                      if (attendance.hasNews() && phase != Phase.STOPPED) {
                        waiting.add(done);
                        round();
                      } else if (phase == Phase.BUSY || phase == Phase.ROUND_DUE) {
                        // It may be writing what is no longer new.
                        served.add(done);
                      } else {
                        done.run();
                      }
                    }));
  }

  void follow(LaneWatches watches) {
    lane.execute(() -> followHere(watches));
  }

  private void followHere(LaneWatches watches) {
    Followed channel =
        followed.computeIfAbsent(
            watches.channel(), name -> new Followed(name, settings.namedMax()));
    channel.lanes.add(watches);
    if (channel.newest != null) {
      post(channel.newest, watches);
    } else {
      unread.add(channel);
      asked = asked == Asked.NOTHING ? Asked.UNREAD : asked;
      readSoon();
    }
  }

  void unfollow(LaneWatches watches) {
    lane.execute(
        () -> {
          Followed channel = followed.get(watches.channel());
          if (channel != null && channel.lanes.remove(watches) && channel.lanes.isEmpty()) {
            followed.remove(watches.channel());
            unread.remove(channel);
          }
        });
  }

  // --- rounds

  private void round() {
    switch (phase) {
      case IDLE -> begin();
      case BUSY, ROUND_DUE -> become(Phase.ROUND_DUE);
      case NEW, STOPPED -> {}
    }
  }

  private void begin() {
    timer++;
    become(Phase.BUSY);
    served.addAll(waiting);
    waiting.clear();
    here(seats.locate())
        .chain(done -> here(writeRows()))
        .chain(done -> here(keep()))
        .chain(done -> here(readUnread(STATEMENTS_MAX)))
        .chain(done -> here(readChanges(STATEMENTS_MAX)))
        .chain(done -> here(seats.read(STATEMENTS_MAX)))
        .subscribe()
        .with(done -> lane.run(this::succeeded), failure -> lane.run(() -> failed(failure)));
  }

  private <T> Uni<T> here(Uni<T> step) {
    return step.emitOn(lane::run);
  }

  private void succeeded() {
    isFailing = false;
    roundOver();
  }

  private void failed(Throwable failure) {
    events.failed(failure, !isFailing);
    isFailing = true;
    roundOver();
  }

  private void roundOver() {
    List<Runnable> over = served;
    served = new ArrayList<>(0);
    over.forEach(Runnable::run);
    int mine = timer;
    lane.schedule(
        settings.interval(),
        () -> {
          if (timer == mine) {
            round();
          }
        });
    over();
  }

  private void over() {
    boolean isDue = phase == Phase.ROUND_DUE;
    become(Phase.IDLE);
    endedNanos = nanoTime.getAsLong();
    notifyWatchers();
    if (isDue) {
      round();
    } else {
      readSoon();
    }
  }

  // --- in between

  private void readSoon() {
    if (asked != Asked.UNREAD || phase != Phase.IDLE) {
      return;
    }
    long left = endedNanos + BREATH.toNanos() - nanoTime.getAsLong();
    if (left <= 0) {
      readInBetween();
      return;
    }
    asked = Asked.UNREAD_TIMED;
    lane.schedule(
        Duration.ofNanos(left),
        () -> {
          asked = Asked.UNREAD;
          readSoon();
        });
  }

  private void readInBetween() {
    asked = Asked.NOTHING;
    if (unread.isEmpty() && !seats.isLost()) {
      return;
    }
    become(Phase.BUSY);
    seats
        .locate()
        .chain(done -> here(readUnread(STATEMENTS_MAX)))
        .subscribe()
        .with(done -> lane.run(this::over), failure -> lane.run(this::over));
  }

  private Uni<Void> writeRows() {
    long held = store.lease();
    if (held == 0) {
      return nothing();
    }
    if (held != writtenUnder && writtenUnder != 0) {
      attendance.leaseLost();
      events.rewritten();
    }
    writtenUnder = held;
    return writeNext(held, STATEMENTS_MAX);
  }

  private Uni<Void> writeNext(long held, int statements) {
    if (statements == 0 || !attendance.hasNews()) {
      return nothing();
    }
    PresenceWrite rows = attendance.take(MemberStore.ROWS_MAX);
    return store
        .write(held, rows)
        .onFailure()
        .invoke(attendance::failed)
        .chain(isWritten -> written(held, rows.size(), isWritten, statements));
  }

  private Uni<Void> written(long held, int rows, boolean isWritten, int statements) {
    if (!isWritten) {
      attendance.failed();
      return nothing();
    }
    attendance.written();
    events.written(rows);
    return writeNext(held, statements - 1);
  }

  private Uni<Void> keep() {
    long now = nanoTime.getAsLong();
    if (store.lease() == 0 || now - keptNanos < KEEP.toNanos()) {
      return nothing();
    }
    keptNanos = now;
    return keepOn(STATEMENTS_MAX);
  }

  private Uni<Void> keepOn(int statements) {
    return store
        .keep(store.lease())
        .chain(isMore -> isMore && statements > 1 ? keepOn(statements - 1) : nothing());
  }

  private Uni<Void> readUnread(int statements) {
    if (unread.isEmpty() || statements == 0) {
      return nothing();
    }
    List<Channel> oldest =
        unread.stream().limit(MemberStore.ROSTERS_MAX).map(each -> each.channel).toList();
    return here(store.rosters(oldest, settings.namedMax()))
        .chain(
            rosters -> {
              read(rosters);
              return readUnread(statements - 1);
            });
  }

  private void read(Rosters rosters) {
    place = place == null ? rosters.place() : place;
    for (MemberList roster : rosters.rosters()) {
      Followed channel = followed.get(roster.occupancy().channel());
      if (channel != null) {
        channel.follower.read(roster);
        unread.remove(channel);
        touched.add(channel);
      }
    }
  }

  private Uni<Void> readChanges(int statements) {
    if (followed.isEmpty()) {
      place = null;
    }
    if (place == null || statements == 0) {
      return nothing();
    }
    // As they are now: whoever comes later is read before the next changes are.
    Set<Channel> channels =
        followed.size() <= MemberStore.ROSTERS_MAX ? Set.copyOf(followed.keySet()) : Set.of();
    return here(store.changesSince(place, channels))
        .chain(changes -> received(changes, statements));
  }

  private Uni<Void> received(Changes changes, int statements) {
    if (!changes.isComplete()) {
      place = null;
      followed.values().forEach(channel -> channel.follower.forget());
      unread.addAll(followed.values());
      return readUnread(STATEMENTS_MAX);
    }
    apply(changes);
    return changes.isAll() ? nothing() : readChanges(statements - 1);
  }

  private void apply(Changes changes) {
    place = changes.next();
    for (PresenceChange change : changes.changes()) {
      Followed channel = followed.get(change.occupancy().channel());
      if (channel != null) {
        channel.follower.apply(change);
        touched.add(channel);
        if (channel.follower.isUnread()) {
          unread.add(channel);
        }
      }
    }
  }

  private void notifyWatchers() {
    int told = 0;
    for (Followed channel : touched) {
      PresenceUpdate news = channel.follower.news().map(PresenceUpdate::new).orElse(null);
      if (news != null) {
        channel.newest = news;
        channel.lanes.forEach(watches -> post(news, watches));
        told++;
      }
    }
    touched.clear();
    if (told > 0) {
      events.sent(told);
    }
  }

  private static void post(PresenceUpdate news, LaneWatches watches) {
    watches.lane().run(() -> watches.post(news));
  }

  private static Uni<Void> nothing() {
    return Uni.createFrom().voidItem();
  }
}
