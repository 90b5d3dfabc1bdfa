package io.tideline.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EventLoopLaneTest {
  private static final int LOOPS = 3;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(LOOPS));
  private final Lanes lanes = Lanes.of(vertx);

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void eachEventLoopIsALaneAndKnowsItsIndex() {
    assertEquals(LOOPS, lanes.all().size());
    for (int i = 0; i < LOOPS; i++) {
      assertEquals(i, lanes.all().get(i).index());
    }
  }

  @Test
  void aLaneIsCurrentOnItsOwnThreadOnly() {
    EventLoopLane lane = lanes.all().get(1);
    assertFalse(lane.isCurrent());
    assertTrue(on(lane, lane::isCurrent));
    assertFalse(on(lanes.all().get(2), lane::isCurrent));
  }

  @Test
  void theCallersLaneIsFound() {
    for (EventLoopLane lane : lanes.all()) {
      assertSame(lane, on(lane, lanes::current));
    }
  }

  @Test
  void acceptsNoConnectionFromAWorker() {
    IllegalStateException refused = assertThrows(IllegalStateException.class, lanes::current);
    assertTrue(refused.getMessage().contains("is no event loop"), refused.getMessage());
  }

  @Test
  void servesTheContextOfVertxOnTheSameThread() {
    CompletableFuture<EventLoopLane> found = new CompletableFuture<>();
    vertx.getOrCreateContext().runOnContext(ran -> found.complete(lanes.current()));
    assertTrue(lanes.all().contains(get(found)));
  }

  @Test
  void executesLaterEvenOnTheLaneItself() {
    EventLoopLane lane = lanes.all().get(0);
    List<String> order = new ArrayList<>();
    on(
        lane,
        () -> {
          lane.execute(() -> order.add("executed"));
          lane.run(() -> order.add("run"));
          return null;
        });
    assertEquals(List.of("run", "executed"), on(lane, () -> List.copyOf(order)));
  }

  @Test
  void schedulesOnTheLane() {
    EventLoopLane lane = lanes.all().get(0);
    CompletableFuture<Boolean> ran = new CompletableFuture<>();
    lane.schedule(Duration.ofMillis(1), () -> ran.complete(lane.isCurrent()));
    assertTrue(get(ran));
  }

  private static <T> T on(EventLoopLane lane, Supplier<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    lane.execute(() -> answer.complete(question.get()));
    return get(answer);
  }

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(10, TimeUnit.SECONDS).join();
  }
}
