package io.tideline.presence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Goal: who comes back in time was never away, and what was not written is written in the end. */
class LocalPresenceTest {
  private static final Channel CHANNEL = new Channel("room:1");
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final int ALL = 1000;

  private long now;
  private final LocalPresence attendance = new LocalPresence(GRACE, () -> now);

  @Test
  void aJoinIsWrittenOnce() {
    attendance.join(CHANNEL, "alice");
    assertEquals(List.of(seat("alice", 1)), write());
    assertEquals(List.of(), write());
  }

  @Test
  void aLeaveIsWrittenAfterTheGraceAndNotBefore() {
    present("alice");
    attendance.leave(CHANNEL, "alice");
    pass(GRACE.minusNanos(1));
    assertFalse(attendance.hasNews());
    pass(Duration.ofNanos(1));
    assertTrue(attendance.hasNews());
    assertEquals(List.of(seat("alice", 0)), write());
    assertEquals(List.of(), write());
  }

  @Test
  void whoComesBackWithinTheGraceWasNeverAway() {
    present("alice");
    attendance.leave(CHANNEL, "alice");
    pass(GRACE.minusSeconds(1));
    attendance.join(CHANNEL, "alice");
    pass(GRACE.multipliedBy(3));
    assertFalse(attendance.hasNews());
  }

  /** As a client that polls: each answer ends one connection, and the next poll begins another. */
  @Test
  void pollsOneAfterTheOtherAreOnePresence() {
    present("alice");
    for (int i = 0; i < 100; i++) {
      attendance.leave(CHANNEL, "alice");
      pass(Duration.ofSeconds(1));
      attendance.join(CHANNEL, "alice");
      pass(Duration.ofSeconds(25));
      assertFalse(attendance.hasNews());
    }
    attendance.leave(CHANNEL, "alice");
    pass(GRACE);
    assertEquals(List.of(seat("alice", 0)), write());
  }

  /** Even between two writes: who came and went was there for the grace. */
  @Test
  void whoCameAndWentAtOnceIsThereForTheGrace() {
    attendance.join(CHANNEL, "alice");
    attendance.leave(CHANNEL, "alice");
    assertEquals(List.of(seat("alice", 1)), write());
    pass(GRACE);
    assertEquals(List.of(seat("alice", 0)), write());
  }

  @Test
  void everyConnectionCounts() {
    present("alice");
    attendance.join(CHANNEL, "alice");
    assertEquals(List.of(seat("alice", 2)), write());
    attendance.leave(CHANNEL, "alice");
    pass(GRACE);
    assertEquals(List.of(seat("alice", 1)), write());
    assertEquals(1, attendance.connections());
  }

  @Test
  void thoseWithoutANameAreCountedTogether() {
    attendance.join(CHANNEL, null);
    attendance.join(CHANNEL, null);
    assertEquals(List.of(seat("", 2)), write());
    attendance.leave(CHANNEL, null);
    attendance.join(CHANNEL, null);
    pass(GRACE);
    assertFalse(attendance.hasNews(), "one took the other's place");
  }

  /** The store could keep none of these, and would refuse all that is written with it. */
  @Test
  void whatCanBeNoNameIsNobodys() {
    attendance.join(CHANNEL, "a\0b");
    attendance.join(CHANNEL, "a".repeat(MemberCount.SUBJECT_CHARS_MAX + 1));
    attendance.join(CHANNEL, "\ud800");
    attendance.join(CHANNEL, "");
    assertEquals(List.of(seat("", 4)), write());
    attendance.join(CHANNEL, "\ud83d\ude00".repeat(MemberCount.SUBJECT_CHARS_MAX / 2));
    assertEquals(1, write().get(0).connections());
    attendance.leave(CHANNEL, "a\0b");
    pass(GRACE);
    assertEquals(List.of(seat("", 3)), write());
  }

  @Test
  void whoGetsANameIsNotAwaited() {
    present(null);
    attendance.rename(CHANNEL, null, "alice");
    assertEquals(List.of(seat("", 0), seat("alice", 1)), write());
  }

  @Test
  void whatFailedIsWrittenAgainWhateverItIsNow() {
    attendance.join(CHANNEL, "alice");
    attendance.take(ALL);
    attendance.failed();
    assertEquals(List.of(seat("alice", 1)), write());
    attendance.leave(CHANNEL, "alice");
    pass(GRACE);
    attendance.take(ALL);
    attendance.join(CHANNEL, "alice");
    attendance.failed();
    assertEquals(List.of(seat("alice", 1)), write(), "it may have been removed");
  }

  @Test
  void whoCameAndWentWhileNothingCouldBeWrittenIsForgottenButForOneBatch() {
    int batch = 10;
    for (int i = 0; i < 10 * batch; i++) {
      attendance.join(CHANNEL, "user" + i);
      attendance.take(batch);
      attendance.failed();
      attendance.leave(CHANNEL, "user" + i);
    }
    pass(GRACE);
    assertEquals(batch, write().size());
    assertEquals(List.of(), write());
  }

  @Test
  void whatChangesDuringAWriteComesWithTheNext() {
    attendance.join(CHANNEL, "alice");
    attendance.take(ALL);
    attendance.join(CHANNEL, "alice");
    attendance.join(CHANNEL, "bob");
    attendance.written();
    assertEquals(List.of(seat("alice", 2), seat("bob", 1)), write());
  }

  @Test
  void aBatchIsBounded() {
    for (int i = 0; i < 25; i++) {
      attendance.join(CHANNEL, "user" + i);
    }
    assertEquals(10, attendance.take(10).size());
    attendance.written();
    assertEquals(10, attendance.take(10).size());
    attendance.failed();
    assertEquals(15, attendance.take(ALL).size());
  }

  @Test
  void afterALossAllWhoAreThereAreWrittenAnew() {
    present("alice");
    present("bob");
    attendance.leave(CHANNEL, "bob");
    pass(GRACE);
    attendance.take(ALL);
    attendance.leaseLost();
    attendance.written();
    assertEquals(List.of(seat("alice", 1)), write());
  }

  @Test
  void nothingIsKeptOfThoseWhoLeft() {
    for (int i = 0; i < 1000; i++) {
      present("user" + i);
      attendance.leave(CHANNEL, "user" + i);
    }
    pass(GRACE);
    assertEquals(1000, write().size());
    attendance.leaseLost();
    assertEquals(List.of(), write());
    assertEquals(0, attendance.connections());
  }

  private static final Seat SEAT = new Seat("c1", "alice", new byte[] {1});
  private static final Seat OTHER = new Seat("c1", "alice", new byte[] {2});

  @Test
  void aSeatIsWrittenWithItsMemberAndGivenUpAtOnce() {
    attendance.join(CHANNEL, "alice");
    attendance.take(CHANNEL, SEAT);
    PresenceWrite first = attendance.take(ALL);
    attendance.written();
    assertEquals(List.of(seat("alice", 1)), first.members());
    assertEquals(List.of(new SeatChange(CHANNEL, SEAT, true)), first.seats());
    attendance.leave(CHANNEL, "alice");
    attendance.giveUp(CHANNEL, SEAT);
    assertEquals(List.of(new SeatChange(CHANNEL, SEAT, false)), writeSeats(), "without a grace");
    pass(GRACE);
    assertEquals(List.of(seat("alice", 0)), write());
    attendance.leaseLost();
    assertEquals(0, attendance.take(ALL).size(), "nothing is kept");
  }

  @Test
  void aSeatThatCameAndWentBetweenWritesIsNotWritten() {
    attendance.take(CHANNEL, SEAT);
    attendance.giveUp(CHANNEL, SEAT);
    assertEquals(List.of(), writeSeats());
  }

  @Test
  void whatIsToldOfASeatIsWrittenAnewWhenItChanges() {
    attendance.take(CHANNEL, SEAT);
    attendance.take(ALL);
    attendance.take(CHANNEL, OTHER);
    attendance.written();
    assertEquals(List.of(new SeatChange(CHANNEL, OTHER, true)), writeSeats());
    assertEquals(List.of(), writeSeats());
    attendance.take(CHANNEL, OTHER);
    assertEquals(List.of(), writeSeats(), "it is the same");
    attendance.take(CHANNEL, SEAT.withSubject("bob"));
    assertEquals("bob", writeSeats().get(0).seat().subject());
  }

  @Test
  void aSeatWhoseWriteFailedIsWrittenAgainAndAllAfterALoss() {
    attendance.take(CHANNEL, SEAT);
    attendance.take(ALL);
    attendance.giveUp(CHANNEL, SEAT);
    attendance.failed();
    assertEquals(List.of(new SeatChange(CHANNEL, SEAT, false)), writeSeats(), "it may be there");
    attendance.take(CHANNEL, SEAT);
    writeSeats();
    attendance.leaseLost();
    assertEquals(List.of(new SeatChange(CHANNEL, SEAT, true)), writeSeats());
  }

  private List<SeatChange> writeSeats() {
    List<SeatChange> seats = attendance.take(ALL).seats();
    attendance.written();
    return seats;
  }

  private void present(String subject) {
    attendance.join(CHANNEL, subject);
    write();
  }

  private List<MemberCount> write() {
    List<MemberCount> seats = attendance.take(ALL).members();
    attendance.written();
    return seats;
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }

  private static MemberCount seat(String subject, int connections) {
    return new MemberCount(CHANNEL, subject, connections);
  }
}
