package io.tideline.presence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.stream.HistoryException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class CoalescedReadsTest {
  private long nanos;
  private int statements;
  private final Queue<UniEmitter<? super Integer>> underWay = new ArrayDeque<>();
  private final List<CompletableFuture<Integer>> asked = new ArrayList<>();
  private final CoalescedReads reads = new CoalescedReads(() -> nanos);

  @Test
  void whoAsksForTheSameMeanwhileSharesTheAnswer() throws Exception {
    CompletableFuture<Integer> first = ask("a");
    CompletableFuture<Integer> second = ask("a");
    assertEquals(1, statements);
    underWay.remove().complete(7);
    assertEquals(7, first.get());
    assertEquals(7, second.get());
    asked.add(ask("a"));
    assertEquals(2, statements, "what was read before is not kept");
  }

  @Test
  void fourAreUnderWayAndABoundedNumberWaits() throws Exception {
    for (int i = 0; i < 4 + 256; i++) {
      asked.add(ask(i));
    }
    assertEquals(4, statements);
    assertUnavailable(ask("beyond"));
    assertFalse(ask(0).isDone(), "it is shared, and needs no place");
    while (!underWay.isEmpty()) {
      underWay.remove().complete(1);
      assertEquals(Math.min(4, 260 - (statements - underWay.size())), underWay.size());
    }
    assertEquals(260, statements);
    for (CompletableFuture<Integer> each : asked) {
      assertEquals(1, each.get());
    }
  }

  @Test
  void whoHasWaitedTooLongIsRefused() {
    for (int i = 0; i < 4; i++) {
      asked.add(ask(i));
    }
    CompletableFuture<Integer> late = ask("late");
    nanos += Duration.ofSeconds(3).toNanos();
    CompletableFuture<Integer> later = ask("later");
    underWay.remove().fail(new HistoryException.Unavailable("away", null));
    assertUnavailable(late);
    assertFalse(later.isDone());
    assertEquals(5, statements, "the one that came later");
  }

  private CompletableFuture<Integer> ask(Object what) {
    return reads.read(what, this::statement).subscribeAsCompletionStage();
  }

  private Uni<Integer> statement() {
    statements++;
    return Uni.createFrom().<Integer>emitter(caller -> underWay.add(caller));
  }

  private static void assertUnavailable(CompletableFuture<Integer> answer) {
    assertInstanceOf(
        HistoryException.Unavailable.class,
        assertThrows(ExecutionException.class, answer::get).getCause());
  }
}
