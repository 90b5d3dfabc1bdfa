package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.loop.ManualLane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class LaneDrainTest {
  private static final Duration WINDOW = Duration.ofSeconds(10);
  private static final int CONNECTIONS = 1000;

  private final HubNode node = new HubNode();
  private final ManualLane lane = node.lanes.get(0);
  private final List<Subscriber> connected = new ArrayList<>();
  private final List<RecordingOutlet> outlets = new ArrayList<>();
  private final AtomicBoolean isDone = new AtomicBoolean();

  private void connect(int count) {
    for (int i = 0; i < count; i++) {
      outlets.add(new RecordingOutlet());
      connected.add(node.connect(outlets.get(outlets.size() - 1)));
    }
  }

  private LaneDrain drain(Duration window) {
    LaneDrain drain =
        new LaneDrain(
            lane, connected, window, lane::nanoTime, new Random(7), () -> isDone.set(true));
    lane.does(drain::step);
    return drain;
  }

  private List<Integer> closed() {
    List<Integer> closed = new ArrayList<>();
    for (int i = 0; i < outlets.size(); i++) {
      if (!outlets.get(i).closed.isEmpty()) {
        closed.add(i);
      }
    }
    return closed;
  }

  @Test
  void allAreToldSoonAndEndedEvenlyOverTheWindow() {
    connect(CONNECTIONS);
    drain(WINDOW);
    lane.pass(Duration.ofMillis(100));
    assertTrue(outlets.stream().allMatch(outlet -> outlet.drains.size() == 1));
    for (int second = 1; second <= 10; second++) {
      assertFalse(isDone.get());
      lane.pass(Duration.ofMillis(second == 1 ? 900 : 1000));
      assertEquals(second * CONNECTIONS / 10.0, closed().size(), CONNECTIONS / 100.0);
    }
    lane.pass(Duration.ofMillis(20));
    assertTrue(isDone.get());
    assertTrue(
        outlets.stream().allMatch(outlet -> outlet.closed.equals(List.of(Disconnect.DRAIN))));
  }

  @Test
  void whatIsToldIsWhatIsLeftOfTheWindow() {
    connect(CONNECTIONS);
    drain(WINDOW);
    lane.pass(WINDOW);
    for (RecordingOutlet outlet : outlets) {
      Duration within = outlet.drains.get(0);
      assertTrue(within.compareTo(WINDOW) <= 0 && within.compareTo(WINDOW.minusMillis(100)) >= 0);
    }
  }

  @Test
  void theOrderIsNotThatOfArrival() {
    connect(CONNECTIONS);
    drain(WINDOW);
    lane.pass(Duration.ofSeconds(1));
    List<Integer> first = new ArrayList<>();
    for (int i = 0; i < closed().size(); i++) {
      first.add(i);
    }
    assertNotEquals(first, closed());
  }

  /** They were admitted a moment before, and their lane hears of them a moment after it began. */
  @Test
  void whoComesLateIsToldAndEndedToo() {
    connect(10);
    LaneDrain drain = drain(WINDOW);
    connect(10);
    lane.does(() -> connected.subList(10, 20).forEach(drain::add));
    lane.pass(Duration.ofMillis(100));
    assertTrue(outlets.stream().allMatch(outlet -> outlet.drains.size() == 1));
    lane.pass(WINDOW);
    assertTrue(isDone.get());
    assertEquals(20, closed().size());
  }

  @Test
  void whoComesWhenItIsOverIsToldAndEndedToo() {
    lane.does(() -> node.hub.drain(lane, Duration.ZERO, new Random(7), () -> isDone.set(true)));
    assertTrue(isDone.get());
    connect(3);
    lane.pass(Duration.ofMillis(20));
    assertEquals(3, closed().size());
    assertTrue(outlets.stream().allMatch(outlet -> outlet.drains.size() == 1));
  }

  @Test
  void whenAllHaveLeftByThemselvesItIsOver() {
    connect(10);
    drain(WINDOW);
    connected.clear();
    lane.pass(Duration.ofMillis(20));
    assertTrue(isDone.get());
  }

  @Test
  void withoutAWindowAllAreEndedAtOnce() {
    connect(10);
    drain(Duration.ZERO);
    assertTrue(isDone.get());
    assertEquals(10, closed().size());
  }

  @Test
  void withoutConnectionsThereIsNothingToWaitFor() {
    drain(WINDOW);
    assertTrue(isDone.get());
  }
}
