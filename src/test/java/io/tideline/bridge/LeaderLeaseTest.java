package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaderLeaseTest {
  private final Lease lease = new Lease();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private long nanos = Long.MAX_VALUE - 5;
  private final LeaderLease duty =
      new LeaderLease("out", lease, (pause, task) -> later.add(task), () -> nanos);

  @Test
  void itIsHeldWhileItIsRenewed() {
    duty.want();
    assertFalse(duty.isHeld());
    lease.answer(true);
    assertTrue(duty.isHeld());
    nanos += LeaderLease.LEASE.toNanos() / 2;
    later.remove().run();
    lease.answer(true);
    nanos += LeaderLease.LEASE.toNanos() - 1;
    assertTrue(duty.isHeld());
    nanos++;
    assertFalse(duty.isHeld(), "another node may have it now");
  }

  @Test
  void theLeaseCountsFromTheQuestionOn() {
    duty.want();
    nanos += LeaderLease.LEASE.toNanos();
    lease.answer(true);
    assertFalse(duty.isHeld());
  }

  @Test
  void aTermEndsWhereAnotherNodeMayHaveHadIt() {
    duty.want();
    assertEquals(0, duty.term());
    lease.answer(true);
    long first = duty.term();
    later.remove().run();
    lease.answer(true);
    assertEquals(first, duty.term(), "renewed in time");
    nanos += LeaderLease.LEASE.toNanos();
    assertEquals(0, duty.term());
    later.remove().run();
    lease.answer(true);
    long second = duty.term();
    assertTrue(second > first, "lapsed in between");
    duty.lost();
    assertEquals(0, duty.term());
    later.remove().run();
    lease.answer(true);
    assertTrue(duty.term() > second, "lost in between");
  }

  @Test
  void aRenewalThatFailsIsRepeated() {
    duty.want();
    lease.pending.remove(0).fail(new IllegalStateException("away"));
    assertFalse(duty.isHeld());
    later.remove().run();
    lease.answer(true);
    assertTrue(duty.isHeld());
  }

  @Test
  void itIsGivenUpAfterTheRenewalThatIsUnderWay() {
    duty.want();
    lease.answer(true);
    later.remove().run();
    duty.giveUp();
    assertFalse(duty.isHeld());
    assertEquals(0, lease.releases, "the renewal would take it again");
    assertFalse(duty.isOver());
    lease.answer(true);
    assertEquals(1, lease.releases);
    assertTrue(duty.isOver());
    assertFalse(duty.isHeld());
    later.forEach(Runnable::run);
    assertEquals(List.of(), lease.pending, "nobody wants it any more");
  }

  /** Answers when the test says so. */
  private static final class Lease extends NoCursors {
    final List<UniEmitter<? super Boolean>> pending = new ArrayList<>();
    int releases;

    void answer(boolean isOurs) {
      pending.remove(0).complete(isOurs);
    }

    @Override
    public Uni<Boolean> hold() {
      return Uni.createFrom().emitter(pending::add);
    }

    @Override
    public Uni<Void> release() {
      return Uni.createFrom().voidItem().invoke(() -> releases++);
    }
  }
}
