package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.presence.Attendance;
import io.tideline.presence.Follower;
import io.tideline.presence.MemberStore;
import io.tideline.presence.MemberStore.Changes;
import io.tideline.presence.MemberStore.Place;
import io.tideline.presence.MemberStore.Rosters;
import io.tideline.presence.Occupancy;
import io.tideline.presence.PresenceChange;
import io.tideline.presence.PresenceEvents;
import io.tideline.presence.PresenceSettings;
import io.tideline.presence.Roster;
import io.tideline.presence.Seat;
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
 * What is done about presence again and again, one thing after the other: write what has changed
 * here, keep the store in shape, read the states that somebody began to watch, read what has
 * changed, and tell it. So one event a channel and interval is told, however many moved; and as
 * states are read before the changes that follow them, none falls in between.
 *
 * <p>What fails is tried again in the next round; what is known stays. On one lane.
 */
final class PresenceRounds {
  private static final Duration KEEP = Duration.ofSeconds(1);

  /** Statements of one kind in a round: what is beyond comes in the next one. */
  private static final int STATEMENTS_MAX = 16;

  private final Lane lane;
  private final MemberStore store;
  private final Attendance attendance;
  private final PresenceSettings settings;
  private final PresenceEvents events;
  private final LongSupplier nanoTime;
  private final Map<Channel, Followed> followed = new HashMap<>();
  private final Set<Followed> touched = new LinkedHashSet<>();

  /** How far changes were read; null where the states must be read before. */
  private @Nullable Place place;

  private long writtenUnder;
  private long keptNanos;
  private int timer;
  private boolean isStarted;
  private boolean isUnderWay;
  private boolean isHurried;
  private volatile boolean isStopped;

  /** A channel that is watched here, and the lanes on which it is. */
  private static final class Followed {
    private final Follower follower;
    private final Set<LaneWatches> lanes = new LinkedHashSet<>(1);
    private @Nullable Bulletin newest;

    Followed(Follower follower) {
      this.follower = follower;
    }
  }

  PresenceRounds(
      Lane lane,
      MemberStore store,
      Attendance attendance,
      PresenceSettings settings,
      PresenceEvents events,
      LongSupplier nanoTime) {
    this.lane = lane;
    this.store = store;
    this.attendance = attendance;
    this.settings = settings;
    this.events = events;
    this.nanoTime = nanoTime;
    this.keptNanos = nanoTime.getAsLong();
  }

  void start() {
    lane.execute(
        () -> {
          isStarted = true;
          round();
        });
  }

  void stop() {
    isStopped = true;
  }

  void hurry() {
    lane.execute(this::soon);
  }

  // --- who watches; any lane

  void follow(LaneWatches watches) {
    lane.execute(() -> followHere(watches));
  }

  private void followHere(LaneWatches watches) {
    Followed channel =
        followed.computeIfAbsent(
            watches.channel(),
            name -> new Followed(new Follower(new Occupancy(name, 0, 0, 0), settings.namedMax())));
    channel.lanes.add(watches);
    if (channel.newest == null) {
      soon();
    } else {
      post(channel.newest, watches);
    }
  }

  void unfollow(LaneWatches watches) {
    lane.execute(
        () -> {
          Followed channel = followed.get(watches.channel());
          if (channel != null && channel.lanes.remove(watches) && channel.lanes.isEmpty()) {
            followed.remove(watches.channel());
          }
        });
  }

  // --- rounds

  private void soon() {
    if (isUnderWay) {
      isHurried = true;
    } else if (isStarted) {
      round();
    }
  }

  private void round() {
    if (isStopped) {
      return;
    }
    timer++;
    isUnderWay = true;
    isHurried = false;
    here(writeSeats())
        .chain(done -> here(keep()))
        .chain(done -> here(readUnread(STATEMENTS_MAX)))
        .chain(done -> here(readChanges(STATEMENTS_MAX)))
        .subscribe()
        .with(done -> lane.run(this::over), failure -> lane.run(this::over));
  }

  private <T> Uni<T> here(Uni<T> step) {
    return step.emitOn(lane::run);
  }

  private void over() {
    isUnderWay = false;
    tell();
    if (isHurried) {
      round();
      return;
    }
    int mine = timer;
    lane.schedule(
        settings.interval(),
        () -> {
          if (timer == mine && !isUnderWay) {
            round();
          }
        });
  }

  private Uni<Void> writeSeats() {
    long held = store.lease();
    if (held == 0) {
      return nothing();
    }
    if (held != writtenUnder && writtenUnder != 0) {
      attendance.lost();
      events.rewritten();
    }
    writtenUnder = held;
    return writeNext(held, STATEMENTS_MAX);
  }

  private Uni<Void> writeNext(long held, int statements) {
    if (statements == 0 || !attendance.hasNews()) {
      return nothing();
    }
    List<Seat> seats = attendance.take(MemberStore.SEATS_MAX);
    return store
        .write(held, seats)
        .onFailure()
        .invoke(attendance::failed)
        .chain(isWritten -> written(held, seats.size(), isWritten, statements));
  }

  private Uni<Void> written(long held, int seats, boolean isWritten, int statements) {
    if (!isWritten) {
      attendance.failed();
      return nothing();
    }
    attendance.written();
    events.written(seats);
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
    List<Channel> unread = new ArrayList<>();
    for (Map.Entry<Channel, Followed> each : followed.entrySet()) {
      if (each.getValue().follower.isUnread() && unread.size() < MemberStore.ROSTERS_MAX) {
        unread.add(each.getKey());
      }
    }
    if (unread.isEmpty() || statements == 0) {
      return nothing();
    }
    return here(store.rosters(unread, settings.namedMax()))
        .chain(
            rosters -> {
              read(rosters);
              return readUnread(statements - 1);
            });
  }

  private void read(Rosters rosters) {
    place = place == null ? rosters.place() : place;
    for (Roster roster : rosters.rosters()) {
      Followed channel = followed.get(roster.occupancy().channel());
      if (channel != null) {
        channel.follower.read(roster);
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
        .chain(changes -> heard(changes) ? readChanges(statements - 1) : nothing());
  }

  /** Whether there is more. */
  private boolean heard(Changes changes) {
    if (!changes.isComplete()) {
      place = null;
      followed.values().forEach(channel -> channel.follower.forget());
      isHurried = true;
      return false;
    }
    place = changes.next();
    for (PresenceChange change : changes.changes()) {
      Followed channel = followed.get(change.occupancy().channel());
      if (channel != null) {
        channel.follower.hear(change);
        touched.add(channel);
      }
    }
    return !changes.isAll();
  }

  private void tell() {
    int told = 0;
    for (Followed channel : touched) {
      Bulletin news = channel.follower.news().map(Bulletin::new).orElse(null);
      if (news != null) {
        channel.newest = news;
        channel.lanes.forEach(watches -> post(news, watches));
        told++;
      }
    }
    touched.clear();
    if (told > 0) {
      events.told(told);
    }
  }

  private static void post(Bulletin news, LaneWatches watches) {
    watches.lane().run(() -> watches.post(news));
  }

  private static Uni<Void> nothing() {
    return Uni.createFrom().voidItem();
  }
}
