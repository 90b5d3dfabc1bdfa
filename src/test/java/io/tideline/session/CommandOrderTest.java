package io.tideline.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CommandOrderTest {
  private static final Channel CHANNEL = new Channel("orders:42");

  private final CommandOrder placings = new CommandOrder();
  private final List<Integer> done = new ArrayList<>();

  @Test
  void whatWaitsIsDoneInOrderUntilOneMustWaitAgain() {
    placings.begin(CHANNEL);
    hold(1, false);
    hold(2, true);
    hold(3, false);
    assertEquals(List.of(), done);
    placings.end(CHANNEL);
    assertEquals(List.of(1, 2), done);
    assertTrue(placings.isPlacing(CHANNEL));
    placings.end(CHANNEL);
    assertEquals(List.of(1, 2, 3), done);
    assertFalse(placings.isPlacing(CHANNEL));
  }

  /** Else the stack would be as deep as the client likes. */
  @Test
  void whatIsAnsweredAtOnceDoesNotNest() {
    placings.begin(CHANNEL);
    List<Integer> depths = new ArrayList<>();
    int[] depth = new int[1];
    for (int i = 0; i < CommandOrder.HELD_MAX; i++) {
      assertTrue(
          placings.hold(
              CHANNEL,
              () -> {
                depths.add(++depth[0]);
                placings.begin(CHANNEL);
                placings.end(CHANNEL);
                depth[0]--;
              }));
    }
    assertFalse(placings.hold(CHANNEL, () -> {}));
    placings.end(CHANNEL);
    assertEquals(CommandOrder.HELD_MAX, depths.size());
    assertEquals(1, depths.stream().mapToInt(Integer::intValue).max().orElseThrow());
    assertFalse(placings.isHeld(CHANNEL));
  }

  private void hold(int number, boolean mustWait) {
    placings.hold(
        CHANNEL,
        () -> {
          done.add(number);
          if (mustWait) {
            placings.begin(CHANNEL);
          }
        });
  }
}
