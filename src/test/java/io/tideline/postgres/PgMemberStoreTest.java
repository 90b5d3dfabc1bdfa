package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.agroal.api.AgroalDataSource;
import io.tideline.presence.MemberCount;
import io.tideline.presence.MemberList;
import io.tideline.presence.MemberStore;
import io.tideline.presence.MemberStore.Changes;
import io.tideline.presence.MemberStore.Place;
import io.tideline.presence.MemberStore.SeatChanges;
import io.tideline.presence.MemberStoreContract;
import io.tideline.presence.PresenceChange;
import io.tideline.presence.PresenceWrite;
import io.tideline.presence.Seat;
import io.tideline.presence.SeatChange;
import io.tideline.stream.Channel;
import io.tideline.stream.HistoryException;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes that keep their members in one database. */
class PgMemberStoreTest extends PgTest implements MemberStoreContract {
  private static final Duration TERM = Duration.ofSeconds(3);
  private static final int NAMED_MAX = 100;

  private final Channel room = channel("room");
  private final NodeLease lease = history.lease(TERM);
  private final NodeLease otherLease = other.lease(TERM);
  private final PgMemberStore store = history.members(lease);
  private final PgMemberStore otherStore = other.members(otherLease);

  @Override
  public MemberStore first() {
    return store;
  }

  @Override
  public MemberStore second() {
    return otherStore;
  }

  @Override
  public Channel room() {
    return room;
  }

  @BeforeEach
  void takeLeases() {
    lease.start(() -> {});
    otherLease.start(() -> {});
    eventually(() -> lease.current() != 0 && otherLease.current() != 0);
  }

  @AfterEach
  void leave() {
    lease.stop(Duration.ZERO);
    otherLease.stop(Duration.ZERO);
    database.execute(
        "truncate tideline.member, tideline.seat, tideline.seat_change, tideline.presence, tideline.presence_change, tideline.node_lease");
    database.execute("update tideline.presence_state set since = '-infinity'");
  }

  @Test
  void namesThatAreTooManyAreNotRead() {
    write(store, many(0, NAMED_MAX + 1).toArray(MemberCount[]::new));
    MemberList roster = await(store.rosters(List.of(room), NAMED_MAX)).rosters().get(0);
    assertNull(roster.members());
    assertEquals(NAMED_MAX + 1, roster.occupancy().count());
  }

  /** Writers at once, each for the same people: whoever follows sees no change too many or few. */
  @Test
  void whoFollowsTheChangesKnowsTheStateWhateverIsWrittenAtOnce() {
    Place begin = place();
    List<CompletableFuture<?>> writers = new ArrayList<>();
    for (PgMemberStore node : List.of(store, otherStore)) {
      writers.add(CompletableFuture.runAsync(() -> writeInTurn(node, node == store ? 1 : 0)));
    }
    CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).join();
    List<PresenceChange> changes = changesSince(begin);
    Set<String> followed = new TreeSet<>();
    for (PresenceChange change : changes) {
      change.gone().forEach(name -> assertTrue(followed.remove(name), name + " left twice"));
      change.joined().forEach(name -> assertTrue(followed.add(name), name + " joined twice"));
      assertEquals(followed.size(), change.occupancy().count());
    }
    assertChained(changes);
    assertEquals(names(), followed);
  }

  private void writeInTurn(PgMemberStore node, int first) {
    for (int round = first; round < first + 20; round++) {
      int present = round % 3 == 0 ? 0 : 1;
      await(
          node.write(
              node.lease(),
              new PresenceWrite(
                  IntStream.range(0, 30).mapToObj(i -> seat("user" + i, present)).toList(),
                  List.of())));
    }
  }

  /** Goal: what was given up here and still waits in the database undoes nothing. */
  @Test
  void aWriteThatWasOvertakenIsOfNoUse() {
    assertEquals("t", writeNumbered(1000, 1));
    assertEquals("f", writeNumbered(999, 0));
    assertEquals("f", writeNumbered(1000, 0));
    assertEquals(Set.of("alice"), names());
    assertFalse(
        await(store.write(store.lease(), new PresenceWrite(List.of(seat("alice", 0)), List.of()))));
    assertEquals(Set.of("alice"), names());
    assertEquals("t", writeNumbered(1001, 0));
    assertEquals(Set.of(), names());
  }

  private String writeNumbered(long number, int connections) {
    return database.query(
        "select tideline.write_members(%d, %d, array['%s'], array['alice'], array[%d])"
            .formatted(store.lease(), number, room.name(), connections));
  }

  @Test
  void aWriterWaitsForTheOthersAShortTimeAndNoSecondWriteBehindIt() throws Exception {
    try (AgroalDataSource others = database.jdbcPool(1);
        Connection holder = others.getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("select tideline.lock_presence()");
      CompletableFuture<Boolean> first =
          store
              .write(store.lease(), new PresenceWrite(List.of(seat("alice", 1)), List.of()))
              .subscribeAsCompletionStage();
      Exception second =
          assertThrows(
              HistoryException.Unavailable.class,
              () ->
                  await(
                      store.write(
                          store.lease(), new PresenceWrite(List.of(seat("alice", 0)), List.of()))));
      assertTrue(second.getMessage().contains("under way"), second.getMessage());
      Throwable failed =
          assertThrows(ExecutionException.class, () -> first.get(30, TimeUnit.SECONDS)).getCause();
      assertTrue(String.valueOf(failed.getCause()).contains("lock timeout"), failed.toString());
      holder.rollback();
    }
    write(store, seat("alice", 1));
    assertEquals(Set.of("alice"), names());
  }

  /** Goal: a node that is back just when it was to be given up keeps its members. */
  @Test
  void aLeaseThatIsRenewedMeanwhileIsNotEnded() throws Exception {
    write(otherStore, seat("bob", 1));
    silence();
    steady();
    try (AgroalDataSource others = database.jdbcPool(1);
        Connection renewer = others.getConnection();
        Statement statement = renewer.createStatement()) {
      renewer.setAutoCommit(false);
      statement.execute(
          "update tideline.node_lease set until = now() + interval '1 minute' where id = "
              + otherStore.lease());
      CompletableFuture<Boolean> kept = store.keep(store.lease()).subscribeAsCompletionStage();
      eventually(
          () ->
              database
                  .query(
                      "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                          + " and query like '%keep_presence%'")
                  .equals("1"));
      renewer.commit();
      assertTrue(kept.get(30, TimeUnit.SECONDS), "there may be others to look after");
    }
    assertFalse(await(store.keep(store.lease())));
    assertEquals(Set.of("bob"), names());
  }

  @Test
  void whoLeavesWritesNoMore() {
    otherLease.stop(TERM);
    eventually(() -> count("node_lease where is_leaving") == 1);
    assertFalse(
        await(
            otherStore.write(
                otherStore.lease(), new PresenceWrite(List.of(seat("bob", 1)), List.of()))));
    assertEquals(0, count("member"));
  }

  /** None should be there; but nobody else would ever remove them. */
  @Test
  void membersWhoseLeaseIsUnknownAreRemoved() {
    write(store, seat("alice", 1));
    write(otherStore, seat("bob", 1), seat("", 3));
    silence();
    database.execute("delete from tideline.node_lease where id = " + otherStore.lease());
    steady();
    assertTrue(await(store.keep(store.lease())));
    assertEquals(Set.of("alice"), names());
    assertEquals(0, await(store.page(room, "", 0)).occupancy().anonymous());
    assertFalse(await(store.keep(store.lease())));
  }

  /** Goal: an outage longer than the leases is no reason to be counted twice. */
  @Test
  void whoseLeaseRanOutAndWasNotEndedIsCountedOnce() {
    write(otherStore, seat("bob", 1), seat("", 3));
    long held = otherStore.lease();
    database.execute(
        "update tideline.node_lease set until = now() - interval '1 ms' where id = " + held);
    otherLease.renew();
    eventually(() -> count("node_lease where until > now() and id = " + held) == 1);
    assertEquals(held, otherStore.lease());
    write(otherStore, seat("bob", 1), seat("", 4));
    assertEquals(4, await(store.page(room, "", 0)).occupancy().anonymous());
  }

  /**
   * Goal: who was on a node that died is gone at its lease's end, told once by one of the others.
   */
  @Test
  void aDeadNodesMembersLeaveOnceWhenItsLeaseEnds() {
    write(store, seat("alice", 1));
    write(otherStore, seat("alice", 1), seat("bob", 1), seat("", 3));
    otherLease.stop(TERM);
    database.execute("update tideline.node_lease set is_leaving = false");
    Place begin = place();
    assertFalse(await(store.keep(store.lease())), "the lease has not ended");
    assertEquals(Set.of("alice", "bob"), names());
    eventually(
        () -> {
          await(store.keep(store.lease()));
          await(history.members(lease).keep(store.lease()));
          return names().equals(Set.of("alice"));
        });
    List<PresenceChange> changes = changesSince(begin);
    assertEquals(1, changes.size());
    assertEquals(List.of("bob"), changes.get(0).gone());
    assertEquals(0, changes.get(0).occupancy().anonymous());
    eventually(() -> count("node_lease") == 1);
  }

  @Test
  void manyMembersOfADeadNodeAreRemovedInSteps() {
    for (int i = 0; i < 3; i++) {
      write(otherStore, many(i * 1000, 1000).toArray(MemberCount[]::new));
    }
    end(otherStore.lease());
    steady();
    int steps = 0;
    while (await(store.keep(store.lease()))) {
      steps++;
    }
    assertEquals(3, steps);
    assertEquals(0, await(store.page(room, "", 0)).occupancy().count());
  }

  /** Goal: a seat ends with its node's lease, is told once, and does so after its members. */
  @Test
  void aDeadNodesSeatsAreGivenUpOnceWhenItsLeaseEnds() {
    write(otherStore, seat("bob", 1));
    sit(store, "c1", true);
    sit(otherStore, "c2", true);
    Place begin = await(store.seatsSince(null, List.of(room))).next();
    silence();
    assertEquals(2, await(store.seats(room, 10)).count());
    steady();
    eventually(() -> !await(store.keep(store.lease())) && count("seat") == 1);
    assertEquals(List.of(sitting("c1")), await(store.seats(room, 10)).seats());
    assertEquals(
        List.of(new SeatChange(room, sitting("c2"), false)),
        await(store.seatsSince(begin, List.of(room))).changes());
  }

  /** What a node wrote stays while it may still renew its lease. */
  @Test
  void whoseLeaseRanOutAndWasNotEndedKeepsItsSeats() {
    sit(otherStore, "c2", true);
    database.execute(
        "update tideline.node_lease set until = now() - interval '1 ms',"
            + " steady_since = clock_timestamp() + interval '1 minute'");
    await(store.keep(store.lease()));
    assertEquals(1, count("seat"));
  }

  @Test
  void manySeatsOfADeadNodeAreGivenUpInSteps() {
    for (int i = 0; i < 3; i++) {
      int from = i * 1000;
      List<SeatChange> seats =
          IntStream.range(from, from + 1000)
              .mapToObj(n -> new SeatChange(room, sitting("c" + n), true))
              .toList();
      assertTrue(await(otherStore.write(otherStore.lease(), new PresenceWrite(List.of(), seats))));
    }
    silence();
    database.execute("delete from tideline.node_lease where id = " + otherStore.lease());
    int steps = 0;
    while (await(store.keep(store.lease()))) {
      steps++;
    }
    assertEquals(3, steps);
    assertEquals(0, count("seat"));
  }

  @Test
  void underALeaseThatHasEndedNoSeatIsTaken() {
    long held = store.lease();
    end(held);
    SeatChange change = new SeatChange(room, sitting("c1"), true);
    assertFalse(await(store.write(held, new PresenceWrite(List.of(), List.of(change)))));
    assertEquals(0, count("seat"));
  }

  @Test
  void changesOfSeatsThatAreForgottenAreMissed() {
    Place begin = await(store.seatsSince(null, List.of(room))).next();
    sit(store, "c1", true);
    database.execute("update tideline.seat_change set at = at - interval '2 minutes'");
    await(store.keep(store.lease()));
    SeatChanges changes = await(store.seatsSince(begin, List.of(room)));
    assertFalse(changes.isComplete());
    assertTrue(await(store.seatsSince(changes.next(), List.of(room))).isComplete());
  }

  private Seat sitting(String connection) {
    return new Seat(connection, "bob", new byte[] {1});
  }

  private void sit(MemberStore node, String connection, boolean isTaken) {
    SeatChange change = new SeatChange(room, sitting(connection), isTaken);
    eventually(
        () -> await(node.write(node.lease(), new PresenceWrite(List.of(), List.of(change)))));
  }

  /** When all leases have ended the database was away, and whoever is first must not remove all. */
  @Test
  void whoWasAwayItselfRemovesNobody() {
    write(otherStore, seat("bob", 1));
    end(otherStore.lease());
    database.execute(
        "update tideline.node_lease set steady_since = clock_timestamp() where id = "
            + store.lease());
    assertFalse(await(store.keep(store.lease())));
    assertEquals(Set.of("bob"), names());
    eventually(() -> await(store.keep(store.lease())) || names().isEmpty());
  }

  @Test
  void underALeaseThatHasEndedNothingIsWritten() {
    long held = store.lease();
    end(held);
    assertFalse(await(store.write(held, new PresenceWrite(List.of(seat("alice", 1)), List.of()))));
    assertEquals(Set.of(), names());
    eventually(() -> store.lease() != held);
    write(store, seat("alice", 1));
    assertEquals(Set.of("alice"), names());
  }

  @Test
  void changesThatAreForgottenAreMissed() {
    Place begin = place();
    write(store, seat("alice", 1));
    database.execute("update tideline.presence_change set at = at - interval '2 minutes'");
    await(store.keep(store.lease()));
    Changes changes = await(store.changesSince(begin, List.of(room)));
    assertFalse(changes.isComplete());
    assertTrue(await(store.changesSince(changes.next(), List.of(room))).isComplete());
  }

  @Test
  void whatNobodyIsInIsForgotten() {
    write(store, seat("alice", 1));
    write(store, seat("alice", 0));
    long version = version(store);
    database.execute("update tideline.presence_change set at = at - interval '2 minutes'");
    eventually(
        () -> {
          await(store.keep(store.lease()));
          return count("presence") == 0;
        });
    assertTrue(version(store) >= version, "it only grows");
    assertTrue(await(store.page(room, "", 0)).occupancy().version() >= version, "it only grows");
  }

  @Test
  void moreChangesThanFitComeOneAfterTheOther() {
    Place begin = place();
    List<MemberCount> seats =
        IntStream.range(0, 900).mapToObj(i -> new MemberCount(channel("many"), "a", 1)).toList();
    await(store.write(store.lease(), new PresenceWrite(seats, List.of())));
    await(otherStore.write(otherStore.lease(), new PresenceWrite(seats, List.of())));
    Changes first = await(store.changesSince(begin, List.of()));
    assertFalse(first.isAll());
    Changes second = await(store.changesSince(first.next(), List.of()));
    assertEquals(1800, first.changes().size() + second.changes().size());
    assertTrue(second.isAll());
  }

  /** Goal: a crash empties the tables; until the nodes have written anew nobody is told so. */
  @Test
  void afterACrashNothingIsReadUntilTheNodesHaveWrittenAnew() throws Exception {
    write(store, seat("alice", 1));
    Place begin = place();
    long version = await(store.page(room, "", 0)).occupancy().version();
    TestDatabase.control().crash();
    eventually(PgMemberStoreTest::isThere);
    long held = lease.current();
    eventually(() -> lease.current() != held);
    assertTrue(lease.current() > held);
    assertThrows(HistoryException.Unavailable.class, () -> await(store.page(room, "", 10)));
    assertThrows(
        HistoryException.Unavailable.class, () -> await(store.rosters(List.of(room), NAMED_MAX)));
    assertThrows(
        HistoryException.Unavailable.class, () -> await(store.changesSince(begin, List.of(room))));
    write(store, seat("alice", 1));
    eventually(this::isRead);
    assertEquals(Set.of("alice"), names());
    assertTrue(await(store.page(room, "", 0)).occupancy().version() > version);
    assertFalse(await(store.changesSince(begin, List.of(room))).isComplete());
  }

  private boolean isRead() {
    try {
      await(store.page(room, "", 0));
      return true;
    } catch (HistoryException settling) {
      return false;
    }
  }

  private static boolean isThere() {
    try {
      return count("node_lease") >= 0;
    } catch (IllegalStateException away) {
      return false;
    }
  }

  private long version(MemberStore node) {
    return await(node.rosters(List.of(room), NAMED_MAX)).rosters().get(0).occupancy().version();
  }

  private static void end(long id) {
    database.execute("update tideline.node_lease set until = '-infinity' where id = " + id);
  }

  /** As if the other node had died, and its lease just run out. */
  private void silence() {
    otherLease.stop(TERM);
    eventually(() -> count("node_lease where is_leaving") == 1);
    database.execute(
        "update tideline.node_lease set is_leaving = false, until = now() - interval '1 ms'"
            + " where is_leaving");
  }

  private void steady() {
    database.execute(
        "update tideline.node_lease set steady_since = now() - interval '1 minute' where id = "
            + store.lease());
  }

  private void write(MemberStore node, MemberCount... seats) {
    eventually(() -> await(node.write(node.lease(), new PresenceWrite(List.of(seats), List.of()))));
  }

  private Set<String> names() {
    return new TreeSet<>(await(store.rosters(List.of(room), NAMED_MAX)).rosters().get(0).members());
  }

  private Place place() {
    return await(store.rosters(List.of(room), NAMED_MAX)).place();
  }

  private List<PresenceChange> changesSince(Place place) {
    Changes changes = await(store.changesSince(place, List.of(room)));
    assertTrue(changes.isComplete());
    return changes.changes();
  }

  private static void assertChained(List<PresenceChange> changes) {
    for (int i = 1; i < changes.size(); i++) {
      assertEquals(changes.get(i - 1).occupancy().version(), changes.get(i).after());
    }
  }

  private MemberCount seat(String subject, int connections) {
    return new MemberCount(room, subject, connections);
  }

  private List<MemberCount> many(int from, int count) {
    return IntStream.range(from, from + count).mapToObj(i -> seat("user" + i, 1)).toList();
  }
}
