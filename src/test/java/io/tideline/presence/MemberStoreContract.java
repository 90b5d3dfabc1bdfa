package io.tideline.presence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.presence.MemberStore.Changes;
import io.tideline.presence.MemberStore.Place;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What everything that keeps members must do, for two nodes that share it. */
public interface MemberStoreContract {
  MemberStore first();

  MemberStore second();

  /** One that nobody has used. */
  Channel room();

  @Test
  default void aMemberIsThereAsLongAsAnyNodeHasAConnection() {
    Place begin = Steps.place(first(), room());
    Steps.write(first(), room(), "alice", 1);
    Steps.write(second(), room(), "alice", 2);
    Steps.write(first(), room(), "alice", 0);
    assertEquals(List.of("alice"), Steps.roster(second(), room()).members());
    Steps.write(second(), room(), "alice", 0);
    assertEquals(List.of(), Steps.roster(first(), room()).members());
    List<PresenceChange> changes = Steps.changes(first(), room(), begin).changes();
    assertEquals(
        List.of(List.of("alice"), List.of(), List.of(), List.of()),
        changes.stream().map(PresenceChange::joined).toList());
    assertEquals(
        List.of(List.of(), List.of(), List.of(), List.of("alice")),
        changes.stream().map(PresenceChange::gone).toList());
    for (int i = 1; i < changes.size(); i++) {
      assertEquals(changes.get(i - 1).occupancy().version(), changes.get(i).after());
    }
  }

  @Test
  default void numbersAndPages() {
    Steps.write(first(), room(), "carol", 1);
    Steps.write(first(), room(), "alice", 1);
    Steps.write(first(), room(), MemberCount.ANONYMOUS, 5);
    Steps.write(second(), room(), "alice", 2);
    Steps.write(second(), room(), "bob", 1);
    Steps.write(second(), room(), MemberCount.ANONYMOUS, 2);
    MemberPage numbers = Steps.page(first(), room(), "", 0);
    assertEquals(3, numbers.occupancy().count());
    assertEquals(7, numbers.occupancy().anonymous());
    assertEquals(12, numbers.connections());
    assertEquals(List.of(), numbers.members());
    MemberPage page = Steps.page(first(), room(), "", 2);
    assertEquals(
        List.of("alice", "bob"), page.members().stream().map(MemberPage.Member::subject).toList());
    assertEquals(3, page.members().get(0).connections());
    assertEquals("bob", page.next());
    MemberPage last = Steps.page(first(), room(), "bob", 2);
    assertEquals(1, last.members().size());
    assertNull(last.next());
    Steps.write(first(), room(), MemberCount.ANONYMOUS, 0);
    assertEquals(2, Steps.page(first(), room(), "", 0).occupancy().anonymous());
  }

  @Test
  default void whatDoesntChangeAnythingIsNoChange() {
    Steps.write(first(), room(), "alice", 1);
    Place place = Steps.place(first(), room());
    Steps.write(first(), room(), "alice", 1);
    Steps.write(second(), room(), "alice", 0);
    assertEquals(List.of(), Steps.changes(second(), room(), place).changes());
  }

  @Test
  default void anUnusedChannelIsEmpty() {
    MemberPage page = Steps.page(first(), room(), "", 10);
    assertTrue(page.occupancy().isVacant());
    assertTrue(page.occupancy().version() <= Steps.place(first(), room()).version());
    assertEquals(List.of(), page.members());
    assertEquals(List.of(), Steps.roster(first(), room()).members());
  }

  @Test
  default void seatsOfAllNodesAreListedAndTold() {
    Place begin = Steps.seatPlace(first());
    Seat alice = new Seat("c1", "alice", new byte[] {1, 0, -1});
    Seat again = new Seat("c2", "alice", new byte[0]);
    Seat nobody = new Seat("c3", null, new byte[Seat.INFO_BYTES_MAX]);
    Steps.sit(first(), room(), alice, true);
    Steps.sit(second(), room(), again, true);
    Steps.sit(second(), room(), nobody, true);
    SeatList list = Steps.seats(first(), room(), 10);
    assertEquals(List.of(alice, again, nobody), list.seats());
    assertEquals(3, list.count());
    assertEquals(1, list.subjects());
    assertEquals(List.of(alice), Steps.seats(second(), room(), 1).seats());
    assertEquals(3, Steps.seats(second(), room(), 0).count());
    Steps.sit(second(), room(), again, false);
    List<SeatChange> changes = Steps.seatChanges(second(), room(), begin);
    assertEquals(
        List.of(
            new SeatChange(room(), alice, true),
            new SeatChange(room(), again, true),
            new SeatChange(room(), nobody, true),
            new SeatChange(room(), again, false)),
        changes);
    assertEquals(0, Steps.roster(first(), room()).occupancy().count(), "members are others");
  }

  @Test
  default void aSeatIsToldAnewOnlyIfItIsAnother() {
    Seat seat = new Seat("c1", "alice", new byte[] {1});
    Steps.sit(first(), room(), seat, true);
    Place place = Steps.seatPlace(first());
    Steps.sit(first(), room(), seat, true);
    Steps.sit(second(), room(), seat, false);
    assertEquals(List.of(), Steps.seatChanges(second(), room(), place));
    Seat other = new Seat("c1", "bob", new byte[] {2});
    Steps.sit(first(), room(), other, true);
    assertEquals(
        List.of(new SeatChange(room(), other, true)), Steps.seatChanges(second(), room(), place));
    assertEquals(List.of(other), Steps.seats(second(), room(), 10).seats());
  }

  /** What the tests do, and wait for. */
  final class Steps {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int NAMED_MAX = 100;

    private Steps() {}

    static void write(MemberStore store, Channel room, String subject, int connections) {
      assertTrue(
          store
              .write(
                  store.lease(),
                  new PresenceWrite(
                      List.of(new MemberCount(room, subject, connections)), List.of()))
              .await()
              .atMost(PATIENCE));
    }

    static void sit(MemberStore store, Channel room, Seat seat, boolean isTaken) {
      SeatChange change = new SeatChange(room, seat, isTaken);
      PresenceWrite rows = new PresenceWrite(List.of(), List.of(change));
      assertTrue(store.write(store.lease(), rows).await().atMost(PATIENCE));
    }

    static SeatList seats(MemberStore store, Channel room, int limit) {
      return store.seats(room, limit).await().atMost(PATIENCE);
    }

    static Place seatPlace(MemberStore store) {
      return store.seatsSince(null, List.of()).await().atMost(PATIENCE).next();
    }

    static List<SeatChange> seatChanges(MemberStore store, Channel room, Place place) {
      return store.seatsSince(place, List.of(room)).await().atMost(PATIENCE).changes();
    }

    static MemberList roster(MemberStore store, Channel room) {
      return store.rosters(List.of(room), NAMED_MAX).await().atMost(PATIENCE).rosters().get(0);
    }

    static Place place(MemberStore store, Channel room) {
      return store.rosters(List.of(room), NAMED_MAX).await().atMost(PATIENCE).place();
    }

    static Changes changes(MemberStore store, Channel room, Place place) {
      return store.changesSince(place, List.of(room)).await().atMost(PATIENCE);
    }

    static MemberPage page(MemberStore store, Channel room, String after, int limit) {
      return store.page(room, after, limit).await().atMost(PATIENCE);
    }
  }
}
