package io.tideline.presence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.loop.ManualLane;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One node's rounds in time that passes by hand; what others do comes through the store. */
class PresenceTest {
  private static final Channel ROOM = new Channel("room:1");
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int NAMED_MAX = 100;
  private static final Namespaces NAMESPACES =
      new Namespaces(
          Map.of(
              Channel.DEFAULT_NAMESPACE,
              new Namespace(
                  Channel.DEFAULT_NAMESPACE,
                  Durability.DURABLE,
                  new Retention(Duration.ofDays(1), 1000),
                  SlowConsumer.CATCH_UP,
                  false,
                  false,
                  true)));

  /** Longer than a watch waits until it is known from where on it is told. */
  private static final Duration BREATH = Duration.ofMillis(60);

  private final List<ManualLane> lanes = List.of(new ManualLane(0), new ManualLane(1));
  private final MemoryMemberStore.Shared shared = new MemoryMemberStore.Shared();
  private final MemoryMemberStore store = new MemoryMemberStore(shared, 1);
  private final MemoryMemberStore elsewhere = new MemoryMemberStore(shared, 2);
  private final List<SeatWatch> seatWatches = new ArrayList<>();
  private final List<Boolean> failures = new ArrayList<>();
  private final LocalPresence attendance = new LocalPresence(GRACE, lanes.get(0)::nanoTime);
  private final Presence presence =
      new Presence(
          lanes,
          store,
          attendance,
          new PresenceSettings(GRACE, INTERVAL, NAMED_MAX),
          NAMESPACES,
          new PresenceEvents() {
            @Override
            public void failed(Throwable failure, boolean isFirst) {
              failures.add(isFirst);
            }
          },
          lanes.get(0)::nanoTime);

  /** What a watcher was told; it may have no room for a while. */
  private static final class Told implements PresenceWatcher {
    private final List<PresenceNews> news = new ArrayList<>();
    private final List<Boolean> steps = new ArrayList<>();
    private boolean isFull;

    @Override
    public boolean send(PresenceUpdate bulletin, boolean asStep) {
      if (!isFull) {
        AtomicReference<PresenceNews> told = new AtomicReference<>();
        bulletin.bytes(
            this,
            encoded -> {
              told.set(encoded);
              return new byte[0];
            });
        news.add(told.get());
        steps.add(asStep);
      }
      return !isFull;
    }

    long count() {
      return news.get(news.size() - 1).state().occupancy().count();
    }
  }

  @BeforeEach
  void start() {
    presence.start();
    pass(INTERVAL);
  }

  /** Goal: 5,000 joins at once are few statements, and one event for each who watches. */
  @Test
  void manyJoinsAtOnceAreOneEvent() {
    Told told = watch(0);
    pass(INTERVAL);
    store.writes = 0;
    IntStream.range(0, 5000).forEach(i -> attendance.join(ROOM, "user" + i));
    pass(INTERVAL);
    assertEquals(5, store.writes);
    assertEquals(2, told.news.size(), "the state, and what came of it");
    assertEquals(5000, told.count());
    assertEquals(null, told.news.get(1).state().members());
  }

  @Test
  void whatNobodyMovesCostsOneReadAnIntervalAndNothingIsTold() {
    Told told = watch(0);
    Told other = watch(1);
    pass(INTERVAL);
    store.reads = 0;
    pass(INTERVAL.multipliedBy(10));
    assertTrue(store.reads <= 10, store.reads + " reads");
    assertEquals(1, told.news.size());
    assertEquals(1, other.news.size());
    assertEquals(0, store.writes);
  }

  /** Goal: whoever begins and ends watches makes neither writes nor the others' events more. */
  @Test
  void whoTogglesWatchesHurriesNobody() {
    Told told = watch(0);
    pass(INTERVAL);
    store.writes = 0;
    store.reads = 0;
    for (int i = 0; i < 100; i++) {
      attendance.join(ROOM, "user" + i);
      PresenceWatch toggled = watch(0, new Told(), new Channel("other:" + i));
      pass(Duration.ofMillis(2));
      lanes.get(0).does(toggled::end);
    }
    assertTrue(store.reads <= 5, store.reads + " reads in 200 ms");
    assertEquals(0, store.writes);
    assertEquals(1, told.news.size());
    Told late = new Told();
    watch(0, late, new Channel("other:late"));
    pass(Duration.ofMillis(50));
    assertEquals(1, late.news.size(), "the state comes before the next round");
    pass(INTERVAL);
    assertEquals(1, store.writes);
    assertEquals(100, told.count());
  }

  @Test
  void withoutWatchersNothingIsRead() {
    store.reads = 0;
    pass(INTERVAL.multipliedBy(10));
    assertEquals(0, store.reads);
  }

  @Test
  void whoBeginsLaterGetsTheStateAndThenTheSameSteps() {
    Told early = watch(0);
    join("alice");
    Told late = watch(1);
    pass(Duration.ofMillis(1));
    assertEquals(List.of("alice"), late.news.get(0).state().members());
    join("bob");
    assertEquals(List.of(false, true, true), early.steps);
    assertEquals(List.of(false, true), late.steps);
    assertEquals(List.of("bob"), late.news.get(1).step().joined());
  }

  /** Goal: whoever doesn't read gets the newest state when it can, and nothing is kept for it. */
  @Test
  void aSlowWatcherGetsTheNewestStateAndTheOthersDontNotice() {
    Told slow = watch(0);
    Told fast = watch(0);
    pass(INTERVAL);
    slow.isFull = true;
    IntStream.range(0, 20).forEach(i -> join("user" + i));
    assertEquals(21, fast.news.size());
    assertEquals(1, slow.news.size());
    attendance.join(ROOM, "in between");
    presence.hurry();
    pass(Duration.ofMillis(1));
    assertEquals(22, fast.news.size(), "it doesn't wait until the slow one is asked again");
    slow.isFull = false;
    pass(INTERVAL);
    assertEquals(2, slow.news.size());
    assertEquals(21, slow.count());
    assertEquals(List.of(false, false), slow.steps, "a state, as it knows none of the steps");
    join("one more");
    assertEquals(List.of(false, false, true), slow.steps);
  }

  @Test
  void whatAnotherNodeWritesIsTold() {
    Told told = watch(0);
    pass(INTERVAL);
    write(elsewhere, "alice", 1);
    pass(INTERVAL);
    assertEquals(List.of("alice"), told.news.get(1).step().joined());
  }

  /** Here it goes, there it is back: in the store it has two seats for a moment. */
  @Test
  void whoGoesToAnotherNodeIsNotMentioned() {
    Told told = watch(0);
    join("alice");
    attendance.leave(ROOM, "alice");
    pass(INTERVAL);
    write(elsewhere, "alice", 1);
    pass(GRACE.multipliedBy(2));
    assertEquals(2, told.news.size());
  }

  @Test
  void changesThatWereMissedAreReadAsTheStateAndToldAsTheDifference() {
    Told told = watch(0);
    join("alice");
    store.isAway = true;
    write(elsewhere, "bob", 1);
    write(elsewhere, "bob", 0);
    write(elsewhere, "carol", 1);
    shared.prune();
    pass(INTERVAL.multipliedBy(10));
    assertEquals(2, told.news.size());
    store.isAway = false;
    pass(INTERVAL);
    assertEquals(List.of("carol"), told.news.get(2).step().joined());
    assertEquals(List.of(), told.news.get(2).step().left());
  }

  @Test
  void whileTheStoreIsAwayNothingIsLost() {
    store.isAway = true;
    attendance.join(ROOM, "alice");
    Told told = watch(0);
    pass(INTERVAL.multipliedBy(5));
    assertEquals(List.of(), told.news);
    store.isAway = false;
    pass(INTERVAL.multipliedBy(2));
    assertEquals(1, told.count());
    assertEquals(List.of(true, false, false, false, false), failures);
    store.isAway = true;
    pass(INTERVAL);
    assertEquals(true, failures.get(5), "it had gone well meanwhile");
  }

  @Test
  void afterItsLeaseHasEndedANodeWritesAllAnew() {
    Told told = watch(1);
    join("alice");
    join("bob");
    store.lapse(7);
    pass(INTERVAL.multipliedBy(2));
    assertEquals(2, told.count());
    assertEquals(List.of("alice", "bob"), told.news.get(told.news.size() - 1).state().members());
  }

  @Test
  void afterTheEndNothingIsToldAndNothingFollowed() {
    Told told = new Told();
    PresenceWatch watch = watch(0, told);
    pass(INTERVAL);
    lanes.get(0).does(watch::end);
    lanes.get(0).does(watch::end);
    join("alice");
    assertEquals(1, told.news.size());
    assertEquals(0, presence.watchers());
    store.reads = 0;
    pass(INTERVAL.multipliedBy(4));
    assertEquals(0, store.reads);
  }

  /** What a watcher of seats was told: "+c1" and "-c1", and "?" for a loss. */
  private List<String> watchSeats(int lane) {
    List<String> told = new ArrayList<>();
    lanes
        .get(lane)
        .does(
            () ->
                seatWatches.add(
                    presence.watchSeats(grant(ROOM), lanes.get(lane), new SeatsTold(told))));
    pass(INTERVAL);
    return told;
  }

  private record SeatsTold(List<String> told) implements SeatWatcher {
    @Override
    public void send(SeatUpdate update) {
      if (!update.isComplete()) {
        told.add("?");
      }
      update
          .changes()
          .forEach(change -> told.add((change.isTaken() ? "+" : "-") + change.seat().connection()));
    }
  }

  private static Seat sitting(String connection) {
    return new Seat(connection, "alice", new byte[] {1});
  }

  private static void sit(MemoryMemberStore node, String connection, boolean isTaken) {
    SeatChange change = new SeatChange(ROOM, sitting(connection), isTaken);
    node.write(node.lease(), new PresenceWrite(List.of(), List.of(change))).await().indefinitely();
  }

  @Test
  void seatsOfAllNodesAreToldInOrderOnAllLanes() {
    List<String> told = watchSeats(0);
    List<String> other = watchSeats(1);
    attendance.take(ROOM, sitting("c1"));
    sit(elsewhere, "c2", true);
    pass(INTERVAL);
    attendance.giveUp(ROOM, sitting("c1"));
    sit(elsewhere, "c3", true);
    pass(INTERVAL);
    assertEquals(List.of("+c2", "+c1", "+c3", "-c1"), told);
    assertEquals(told, other);
    SeatList list = seats(10);
    assertEquals(List.of(sitting("c2"), sitting("c3")), list.seats());
    assertEquals(1, list.subjects());
  }

  private SeatList seats(int limit) {
    CompletableFuture<SeatList> list =
        presence.seats(grant(ROOM), limit).subscribeAsCompletionStage();
    pass(Duration.ZERO);
    return list.join();
  }

  @Test
  void aSeatThatWasTakenHereIsListedBeforeTheNextRound() {
    pass(INTERVAL);
    attendance.take(ROOM, sitting("c1"));
    assertEquals(List.of(sitting("c1")), seats(10).seats());
  }

  @Test
  void aSeatThatIsTakenRightAfterAWatchBeganIsTold() {
    pass(INTERVAL);
    List<String> told = new ArrayList<>();
    lanes.get(0).does(() -> presence.watchSeats(grant(ROOM), lanes.get(0), new SeatsTold(told)));
    pass(BREATH);
    sit(elsewhere, "c2", true);
    pass(INTERVAL);
    assertEquals(List.of("+c2"), told);
  }

  @Test
  void aNodeThatLostItsLeaseTakesItsSeatsAgain() {
    List<String> told = watchSeats(0);
    attendance.take(ROOM, sitting("c1"));
    pass(INTERVAL);
    store.lapse(7);
    pass(INTERVAL.multipliedBy(2));
    assertEquals(List.of("+c1", "-c1", "+c1"), told);
    assertEquals(1, seats(0).count());
  }

  @Test
  void seatsThatWereMissedAreToldAsALoss() {
    List<String> told = watchSeats(0);
    store.isAway = true;
    sit(elsewhere, "c1", true);
    shared.prune();
    pass(INTERVAL.multipliedBy(3));
    store.isAway = false;
    pass(INTERVAL);
    sit(elsewhere, "c2", true);
    pass(INTERVAL);
    assertEquals(List.of("?", "+c2"), told);
  }

  @Test
  void whoNoLongerWatchesSeatsIsToldNothing() {
    List<String> told = watchSeats(0);
    List<String> other = watchSeats(0);
    lanes.get(0).does(() -> seatWatches.get(0).end());
    lanes.get(0).does(() -> seatWatches.get(0).end());
    sit(elsewhere, "c1", true);
    pass(INTERVAL);
    assertEquals(List.of(), told);
    assertEquals(List.of("+c1"), other);
    lanes.get(0).does(() -> seatWatches.get(1).end());
    pass(INTERVAL);
    store.reads = 0;
    pass(INTERVAL.multipliedBy(3));
    assertEquals(0, store.reads);
  }

  private void join(String subject) {
    attendance.join(ROOM, subject);
    pass(INTERVAL);
  }

  private static void write(MemoryMemberStore node, String subject, int connections) {
    node.write(
            node.lease(),
            new PresenceWrite(List.of(new MemberCount(ROOM, subject, connections)), List.of()))
        .await()
        .indefinitely();
  }

  private Told watch(int lane) {
    Told told = new Told();
    watch(lane, told);
    return told;
  }

  private PresenceWatch watch(int lane, Told told) {
    return watch(lane, told, ROOM);
  }

  private PresenceWatch watch(int lane, Told told, Channel channel) {
    AtomicReference<PresenceWatch> watch = new AtomicReference<>();
    ManualLane on = lanes.get(lane);
    on.does(() -> watch.set(presence.watch(grant(channel), on, told)));
    return watch.get();
  }

  private static Grant grant(Channel channel) {
    Rights rights = Rights.of(Map.of(Action.PRESENCE, Set.of("*")), "watcher");
    Identity identity = new Identity("watcher", null, Instant.MIN, Instant.MAX, rights);
    AccessPolicy policy = new AccessPolicy(NAMESPACES, Clock.systemUTC());
    return ((AccessPolicy.Decision.Granted) policy.decide(identity, Action.PRESENCE, channel))
        .grant();
  }

  private void pass(Duration time) {
    for (ManualLane lane : lanes) {
      lane.pass(time);
    }
    while (lanes.stream().anyMatch(lane -> lane.waiting() > 0)) {
      lanes.forEach(ManualLane::runAll);
    }
  }
}
