package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import io.tideline.loop.Lane;
import io.tideline.presence.MemberStore.Place;
import io.tideline.presence.MemberStore.SeatChanges;
import io.tideline.stream.Channel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link PresenceSync}'s rounds that reads what has become of seats, where somebody
 * watches them here. No state is kept: a watcher hears what happens from the round that follows its
 * beginning. On the rounds' lane.
 */
final class SeatSync {
  private final Lane lane;
  private final MemberStore store;
  private final Map<Channel, Set<LaneSeats>> watched = new HashMap<>();

  /** How far changes were read; null while nobody watches. */
  private @Nullable Place place;

  SeatSync(Lane lane, MemberStore store) {
    this.lane = lane;
    this.store = store;
  }

  void follow(LaneSeats seats) {
    watched.computeIfAbsent(seats.channel(), c -> new LinkedHashSet<>(1)).add(seats);
  }

  /** Whether somebody watches, and it isn't known yet from where on. */
  boolean isLost() {
    return place == null && !watched.isEmpty();
  }

  /** Makes sure that what is written from now on will be told. */
  Uni<Void> locate() {
    return isLost()
        ? store
            .seatsSince(null, Set.of())
            .emitOn(lane::run)
            .invoke(changes -> place = changes.next())
            .replaceWithVoid()
        : Uni.createFrom().voidItem();
  }

  /** Any lane. */
  void unfollow(LaneSeats seats) {
    lane.execute(
        () ->
            watched.computeIfPresent(
                seats.channel(),
                (channel, lanes) -> lanes.remove(seats) && lanes.isEmpty() ? null : lanes));
  }

  /**
   * Reads what has changed, and tells it.
   *
   * @param statements at most
   */
  Uni<Void> read(int statements) {
    if (watched.isEmpty()) {
      place = null;
    }
    if (watched.isEmpty() || statements == 0) {
      return Uni.createFrom().voidItem();
    }
    Set<Channel> channels =
        watched.size() <= MemberStore.ROSTERS_MAX ? Set.copyOf(watched.keySet()) : Set.of();
    return store
        .seatsSince(place, channels)
        .emitOn(lane::run)
        .chain(
            changes -> {
              received(changes);
              return changes.isAll() ? Uni.createFrom().voidItem() : read(statements - 1);
            });
  }

  private void received(SeatChanges changes) {
    place = changes.next();
    Map<Channel, List<SeatChange>> byChannel = new LinkedHashMap<>();
    if (!changes.isComplete()) {
      watched.keySet().forEach(channel -> byChannel.put(channel, new ArrayList<>()));
    }
    for (SeatChange change : changes.changes()) {
      byChannel.computeIfAbsent(change.channel(), channel -> new ArrayList<>()).add(change);
    }
    byChannel.forEach((channel, own) -> post(new SeatUpdate(channel, own, changes.isComplete())));
  }

  private void post(SeatUpdate update) {
    for (LaneSeats seats : watched.getOrDefault(update.channel(), Set.of())) {
      seats.lane().run(() -> seats.post(update));
    }
  }
}
