package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import io.tideline.stream.HistoryException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One node's view of a store in memory, for tests of what is built on it; one thread. */
public final class MemoryMemberStore implements MemberStore {
  /** What all nodes share. */
  public static final class Shared {
    private final Map<Channel, Map<String, Map<Long, Integer>>> members = new HashMap<>();
    private final Map<Channel, Occupancy> occupancies = new HashMap<>();
    private final List<PresenceChange> changes = new ArrayList<>();
    private final Map<Channel, Map<String, Taken>> seats = new HashMap<>();
    private final List<SeatChange> seatChanges = new ArrayList<>();

    /** Of {@link #seatChanges}, that are no longer known. */
    private int forgotten;

    private long version;

    /** Changes that are no longer known; whoever stands before them has missed some. */
    private long prunedThrough;

    /** Forgets all changes so far. */
    public void prune() {
      changes.clear();
      forgotten += seatChanges.size();
      seatChanges.clear();
      prunedThrough = version;
    }
  }

  private record Taken(Seat seat, long lease) {}

  private final Shared shared;
  private long lease;

  /** While it is, everything fails. */
  public boolean isAway;

  /** Statements so far. */
  public int writes;

  public int reads;

  public MemoryMemberStore(Shared shared, long lease) {
    this.shared = shared;
    this.lease = lease;
  }

  /** The lease has ended, and what was written under it is gone. */
  public void lapse(long next) {
    for (Channel channel : List.copyOf(shared.members.keySet())) {
      for (String subject : List.copyOf(shared.members.get(channel).keySet())) {
        set(lease, List.of(new MemberCount(channel, subject, 0)));
      }
    }
    for (Channel channel : List.copyOf(shared.seats.keySet())) {
      for (Taken taken : List.copyOf(shared.seats.get(channel).values())) {
        if (taken.lease == lease) {
          set(lease, new SeatChange(channel, taken.seat, false));
        }
      }
    }
    lease = next;
  }

  @Override
  public long lease() {
    return lease;
  }

  @Override
  public Uni<Boolean> write(long held, PresenceWrite rows) {
    writes++;
    return answer(
        () -> {
          if (held == lease) {
            set(held, rows.members());
            rows.seats().forEach(change -> set(held, change));
          }
          return held == lease;
        });
  }

  private void set(long held, List<MemberCount> seats) {
    shared.version++;
    Map<Channel, List<MemberCount>> byChannel = new TreeMap<>();
    seats.forEach(
        seat -> byChannel.computeIfAbsent(seat.channel(), c -> new ArrayList<>()).add(seat));
    byChannel.forEach((channel, own) -> set(held, channel, own));
  }

  private void set(long held, Channel channel, List<MemberCount> seats) {
    Map<String, Map<Long, Integer>> subjects =
        shared.members.computeIfAbsent(channel, c -> new TreeMap<>());
    NavigableSet<String> before = names(subjects);
    Occupancy last = occupancy(channel);
    boolean isMoved = false;
    for (MemberCount seat : seats) {
      Map<Long, Integer> leases = subjects.computeIfAbsent(seat.subject(), s -> new HashMap<>());
      Integer was =
          seat.connections() == 0 ? leases.remove(held) : leases.put(held, seat.connections());
      isMoved |= (was == null ? 0 : was) != seat.connections();
      if (leases.isEmpty()) {
        subjects.remove(seat.subject());
      }
    }
    if (!isMoved) {
      return;
    }
    NavigableSet<String> now = names(subjects);
    Occupancy next = new Occupancy(channel, shared.version, now.size(), connections(subjects, ""));
    shared.occupancies.put(channel, next);
    shared.changes.add(
        new PresenceChange(last.version(), next, without(now, before), without(before, now)));
  }

  private void set(long held, SeatChange change) {
    Map<String, Taken> seats = shared.seats.computeIfAbsent(change.channel(), c -> new TreeMap<>());
    Taken before = seats.get(change.seat().connection());
    Taken after = new Taken(change.seat(), held);
    if (change.isTaken() && !after.equals(before)) {
      seats.put(change.seat().connection(), after);
      shared.seatChanges.add(change);
    } else if (!change.isTaken() && before != null && before.lease == held) {
      seats.remove(change.seat().connection());
      shared.seatChanges.add(new SeatChange(change.channel(), before.seat, false));
    }
  }

  @Override
  public Uni<SeatList> seats(Channel channel, int limit) {
    return answer(
        () -> {
          List<Seat> all =
              shared.seats.getOrDefault(channel, Map.of()).values().stream()
                  .map(Taken::seat)
                  .toList();
          long subjects =
              all.stream().map(Seat::subject).filter(s -> !s.isEmpty()).distinct().count();
          return new SeatList(all.subList(0, Math.min(limit, all.size())), all.size(), subjects);
        });
  }

  @Override
  public Uni<SeatChanges> seatsSince(@Nullable Place place, Collection<Channel> channels) {
    reads++;
    return answer(
        () -> {
          int all = shared.forgotten + shared.seatChanges.size();
          int from = place == null ? all : (int) place.version();
          return new SeatChanges(
              shared
                  .seatChanges
                  .subList(Math.max(0, from - shared.forgotten), all - shared.forgotten)
                  .stream()
                  .filter(change -> channels.isEmpty() || channels.contains(change.channel()))
                  .toList(),
              new Place("", all),
              true,
              from >= shared.forgotten);
        });
  }

  private static NavigableSet<String> names(Map<String, Map<Long, Integer>> subjects) {
    NavigableSet<String> names = new TreeSet<>(subjects.keySet());
    names.remove(MemberCount.ANONYMOUS);
    return names;
  }

  private static List<String> without(Set<String> these, Set<String> those) {
    return these.stream().filter(name -> !those.contains(name)).toList();
  }

  private static long connections(Map<String, Map<Long, Integer>> subjects, String subject) {
    return subjects.getOrDefault(subject, Map.of()).values().stream()
        .mapToLong(Integer::intValue)
        .sum();
  }

  private Occupancy occupancy(Channel channel) {
    return shared.occupancies.getOrDefault(channel, new Occupancy(channel, 0, 0, 0));
  }

  @Override
  public Uni<Boolean> keep(long held) {
    return answer(() -> false);
  }

  @Override
  public Uni<Rosters> rosters(Collection<Channel> channels, int namedMax) {
    reads++;
    return answer(
        () ->
            new Rosters(
                channels.stream().map(channel -> roster(channel, namedMax)).toList(),
                new Place("", shared.version)));
  }

  private MemberList roster(Channel channel, int namedMax) {
    NavigableSet<String> names = names(shared.members.getOrDefault(channel, Map.of()));
    return new MemberList(occupancy(channel), names.size() > namedMax ? null : List.copyOf(names));
  }

  @Override
  public Uni<Changes> changesSince(Place place, Collection<Channel> channels) {
    reads++;
    return answer(
        () ->
            new Changes(
                shared.changes.stream()
                    .filter(change -> change.occupancy().version() > place.version())
                    .filter(
                        change ->
                            channels.isEmpty() || channels.contains(change.occupancy().channel()))
                    .toList(),
                new Place("", shared.version),
                true,
                place.version() >= shared.prunedThrough));
  }

  @Override
  public Uni<MemberPage> page(Channel channel, String after, int limit) {
    return answer(
        () -> {
          Map<String, Map<Long, Integer>> subjects = shared.members.getOrDefault(channel, Map.of());
          List<String> rest = names(subjects).tailSet(after, false).stream().toList();
          List<String> shown = rest.subList(0, Math.min(limit, rest.size()));
          return new MemberPage(
              occupancy(channel),
              subjects.keySet().stream().mapToLong(s -> connections(subjects, s)).sum(),
              shown.stream()
                  .map(s -> new MemberPage.Member(s, connections(subjects, s), Instant.EPOCH))
                  .toList(),
              limit > 0 && rest.size() > limit ? shown.get(limit - 1) : null);
        });
  }

  private <T> Uni<T> answer(Supplier<T> work) {
    return isAway
        ? Uni.createFrom().failure(new HistoryException.Unavailable("away", null))
        : Uni.createFrom().item(work);
  }
}
