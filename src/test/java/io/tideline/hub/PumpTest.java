package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.loop.ManualLane;
import io.tideline.stream.Channel;
import io.tideline.stream.MemoryHistory.Fault;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What moves cursors, seen from both ends: what is published, and what an outlet gets. */
class PumpTest {
  private final RecordingOutlet outlet = new RecordingOutlet();

  private static String[] texts(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(Integer::toString).toArray(String[]::new);
  }

  private static void writable(HubNode node, Subscriber subscriber, RecordingOutlet outlet) {
    outlet.room = RecordingOutlet.BOUND;
    node.lanes.get(0).does(subscriber::writable);
    node.runAll();
  }

  @Test
  void aBurstIsOneWriteAndOneFlush() {
    HubNode node = new HubNode();
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.NOW);
    int flushes = outlet.flushes;
    node.publish(HubNode.CATCH_UP, "1", "2", "3");
    assertEquals(List.of("1", "2", "3"), outlet.received);
    assertEquals(1, outlet.runs.size());
    assertEquals(1, outlet.flushes - flushes);
  }

  @Test
  void cursorsAtTheSamePlaceShareTheRun() {
    HubNode node = new HubNode();
    RecordingOutlet other = new RecordingOutlet();
    RecordingOutlet tight = new RecordingOutlet();
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.NOW);
    node.subscribe(node.connect(other), HubNode.CATCH_UP, Start.NOW);
    node.subscribe(node.connect(tight), HubNode.CATCH_UP, Start.NOW);
    tight.room = 2;
    node.publish(HubNode.CATCH_UP, "1", "2", "3");
    assertSame(outlet.runs.get(0), other.runs.get(0));
    assertNotSame(outlet.runs.get(0), tight.runs.get(0));
    assertEquals(List.of("1", "2"), tight.received.subList(0, 2));
  }

  @Test
  void whoEndsDuringAWakeCostsNobodyElseTheirs() {
    HubNode node = new HubNode();
    List<RecordingOutlet> outlets = new ArrayList<>();
    List<Subscriber> subscribers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      outlets.add(new RecordingOutlet());
      subscribers.add(node.connect(outlets.get(i)));
      node.subscribe(subscribers.get(i), HubNode.CATCH_UP, Start.NOW);
    }
    node.lanes.get(0).does(() -> subscribers.get(2).unsubscribe(HubNode.CATCH_UP));
    node.lanes.get(0).does(() -> subscribers.get(4).closed());
    node.publish(HubNode.CATCH_UP, "1");
    for (int i = 0; i < 5; i++) {
      assertEquals(i == 2 || i == 4 ? List.of() : List.of("1"), outlets.get(i).received);
    }
  }

  @Test
  void everyChannelThatWasWokenIsLookedAtHoweverManyCursorsThereAre() {
    HubNode node = new HubNode();
    Channel first = new Channel("catch:first");
    Channel second = new Channel("catch:second");
    for (int i = 0; i < Pump.MOVES_MAX; i++) {
      node.subscribe(node.connect(new RecordingOutlet()), first, Start.NOW);
    }
    node.subscribe(node.connect(outlet), second, Start.NOW);
    node.publisher
        .publishEach(
            PublishSource.BATCH,
            List.of(
                HubNode.item(HubNode.message(first, "x")),
                HubNode.item(HubNode.message(second, "1"))))
        .subscribe()
        .with(stored -> {});
    node.runAll();
    assertEquals(List.of("1"), outlet.received);
  }

  @Test
  void whatIsPublishedWhileManyAreServedJoinsTheWritesStillToBeMade() {
    HubNode node = new HubNode();
    ManualLane lane = node.lanes.get(0);
    List<RecordingOutlet> outlets = new ArrayList<>();
    for (int i = 0; i < 8 * Pump.FLUSHES_MAX; i++) {
      outlets.add(new RecordingOutlet());
      node.subscribe(node.connect(outlets.get(i)), HubNode.CATCH_UP, Start.NOW);
    }
    node.publish(HubNode.CATCH_UP, "1");
    outlets.forEach(each -> each.runs.clear());

    node.beginPublish(HubNode.CATCH_UP, "2");
    while (outlets.stream().allMatch(each -> each.runs.isEmpty())) {
      lane.runOne();
    }
    long served = outlets.stream().filter(each -> !each.runs.isEmpty()).count();
    assertEquals(Pump.FLUSHES_MAX, served, "the sockets get their turn in between");
    node.publish(HubNode.CATCH_UP, "3");

    outlets.forEach(each -> assertEquals(List.of("1", "2", "3"), each.received));
    long inOneWrite = outlets.stream().filter(each -> each.runs.size() == 1).count();
    assertTrue(inOneWrite >= Pump.FLUSHES_MAX, inOneWrite + " got both in one write");
  }

  /** Outlets must not throw; if one does all the same, it costs nobody else the next message. */
  @Test
  void whatGoesWrongWithOneConnectionLeavesTheOthersAlone() {
    HubNode node = new HubNode();
    RecordingOutlet broken = new RecordingOutlet();
    List<RecordingOutlet> others = List.of(outlet, new RecordingOutlet());
    node.subscribe(node.connect(others.get(0)), HubNode.CATCH_UP, Start.NOW);
    node.subscribe(node.connect(broken), HubNode.CATCH_UP, Start.NOW);
    node.subscribe(node.connect(others.get(1)), HubNode.CATCH_UP, Start.NOW);
    broken.fault = new IllegalStateException("no memory left for a buffer");
    node.beginPublish(HubNode.CATCH_UP, "1");
    for (int faults = 0; faults < 3; faults++) {
      try {
        node.runAll();
      } catch (IllegalStateException fault) {
        assertSame(broken.fault, fault);
      }
    }
    broken.fault = null;
    node.publish(HubNode.CATCH_UP, "2");
    others.forEach(each -> assertEquals(List.of("1", "2"), each.received));
  }

  @Test
  void aChannelWithFewSubscribersDoesNotWaitForOneWithMany() {
    HubNode node = new HubNode();
    Channel crowded = new Channel("catch:crowded");
    List<RecordingOutlet> crowd = new ArrayList<>();
    for (int i = 0; i < 3 * Pump.FLUSHES_MAX; i++) {
      crowd.add(new RecordingOutlet());
      node.subscribe(node.connect(crowd.get(i)), crowded, Start.NOW);
    }
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.NOW);

    node.beginPublish(crowded, "x");
    node.beginPublish(HubNode.CATCH_UP, "1");
    while (outlet.received.isEmpty()) {
      node.lanes.get(0).runOne();
    }
    assertTrue(crowd.stream().anyMatch(each -> each.received.isEmpty()));
  }

  @Test
  void catchUpPausesAndGoesOnFromTheLog() {
    HubNode node = new HubNode(1, HubNode.limits(4));
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.CATCH_UP, Start.NOW);
    outlet.room = 0;
    node.publish(HubNode.CATCH_UP, texts(1, 300));
    assertEquals(List.of(), outlet.received);
    writable(node, subscriber, outlet);
    assertEquals(List.of(texts(1, 300)), outlet.received);
  }

  @Test
  void latestSkipsToTheNewestAndSaysSo() {
    HubNode node = new HubNode();
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.LATEST, Start.NOW);
    outlet.room = 1;
    node.publish(HubNode.LATEST, "1");
    outlet.room = 0;
    node.publish(HubNode.LATEST, "2");
    node.publish(HubNode.LATEST, "3");
    outlet.room = 2;
    node.lanes.get(0).does(subscriber::writable);
    assertEquals(List.of("1", "2", "3"), outlet.received, "what fits is not skipped");

    outlet.room = 0;
    node.publish(HubNode.LATEST, texts(4, 9));
    outlet.room = 1;
    node.lanes.get(0).does(subscriber::writable);
    assertEquals(List.of("SKIPPED 4-8 5", "9"), outlet.received.subList(3, 5));
  }

  @Test
  void latestReplaysWhatWasAskedFor() {
    HubNode node = new HubNode(1, HubNode.limits(4));
    node.publish(HubNode.LATEST, texts(1, 30));
    Subscriber subscriber = node.connect(outlet);
    outlet.room = 0;
    node.subscribe(subscriber, HubNode.LATEST, Start.EARLIEST);
    writable(node, subscriber, outlet);
    assertEquals(List.of(texts(1, 30)), outlet.received);
  }

  @Test
  void disconnectsWhoLeavesTheTailBehind() {
    HubNode node = new HubNode(1, HubNode.limits(4));
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.DISCONNECT, Start.NOW);
    outlet.room = 0;
    node.publish(HubNode.DISCONNECT, texts(1, 4));
    assertEquals(List.of(), outlet.closed);
    node.publish(HubNode.DISCONNECT, "5");
    assertEquals(List.of(Disconnect.SLOW), outlet.closed);
    writable(node, subscriber, outlet);
    node.publish(HubNode.DISCONNECT, "6");
    assertEquals(List.of(), outlet.received, "nothing after the close");
  }

  @Test
  void ephemeralDropsTheOldestAndCountsThem() {
    HubNode node = new HubNode(1, HubNode.limits(4));
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.EPHEMERAL, Start.NOW);
    outlet.room = 0;
    node.publish(HubNode.EPHEMERAL, texts(1, 10));
    writable(node, subscriber, outlet);
    assertEquals(List.of("SKIPPED 0-0 6", "7", "8", "9", "10"), outlet.received);
  }

  @Test
  void ephemeralMayDropTheNewestInsteadAndGoOnWithTheNext() {
    HubNode node = new HubNode(1, HubNode.limits(4));
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.DROP_NEWEST, Start.NOW);
    node.publish(HubNode.DROP_NEWEST, "1");
    outlet.room = 0;
    node.publish(HubNode.DROP_NEWEST, texts(2, 4));
    writable(node, subscriber, outlet);
    node.publish(HubNode.DROP_NEWEST, "5");
    assertEquals(List.of("1", "SKIPPED 0-0 3", "5"), outlet.received);
  }

  @Test
  void writesAMessageLargerThanAllRoomAloneWhenNothingWaits() {
    HubNode node = new HubNode();
    String large = "x".repeat(RecordingOutlet.BOUND + 1);
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.CATCH_UP, Start.NOW);
    outlet.room = RecordingOutlet.BOUND - 1;
    node.publish(HubNode.CATCH_UP, large, "1");
    assertEquals(List.of(), outlet.received);
    outlet.room = RecordingOutlet.BOUND;
    node.lanes.get(0).does(subscriber::writable);
    assertEquals(1, outlet.runs.get(0).frames().length);
    assertEquals(List.of(large, "1"), outlet.received);
  }

  @Test
  void keepsToTheMessagesThatATransportTakes() {
    HubNode node = new HubNode();
    node.publish(HubNode.CATCH_UP, texts(1, 9));
    outlet.roomMessages = 4;
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.EARLIEST);
    assertEquals(List.of(texts(1, 4)), outlet.received);
  }

  @Test
  void tellsWhatRetentionAndPurgesTook() {
    HubNode node = new HubNode();
    node.publish(HubNode.CATCH_UP, texts(1, 9));
    long epoch = node.log.epoch();
    node.log.retainFrom(HubNode.CATCH_UP, 4);
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, new Start.After(new Position(epoch, 1)));
    assertEquals(List.of("RETENTION 2-3 2", "4"), outlet.received.subList(0, 2));
    assertEquals(new Position(epoch, 3), outlet.gaps.get(0).position());
  }

  @Test
  void sendsWhoIsOfAnotherEpochToTheHead() {
    HubNode node = new HubNode();
    node.publish(HubNode.CATCH_UP, texts(1, 9));
    Position before = new Position(node.log.epoch(), 2);
    node.log.newEpoch();
    SubscribeOutcome reply =
        node.subscribe(node.connect(outlet), HubNode.CATCH_UP, new Start.After(before));
    assertTrue(reply instanceof SubscribeOutcome.Subscribed);
    assertEquals(List.of("EPOCH 0-0 0"), outlet.received);
    assertEquals(new Position(node.log.epoch(), 9), outlet.gaps.get(0).position());
    node.publish(HubNode.CATCH_UP, "10");
    assertEquals("10", outlet.received.get(1));
  }

  @Test
  void whatCannotBeReadIsToldAndReadAgain() {
    HubNode node = new HubNode(1, HubNode.limits(1));
    node.publish(HubNode.CATCH_UP, "1", "2", "3");
    node.subscribe(node.connect(new RecordingOutlet()), HubNode.CATCH_UP, Start.NOW);
    node.log.faults(() -> Fault.UNAVAILABLE);
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.EARLIEST);
    assertTrue(outlet.stalled > 0);
    assertFalse(outlet.caughtUp > 0);
    node.log.faults(() -> Fault.NONE);
    node.pass(Duration.ofSeconds(1));
    assertEquals(List.of("1", "2", "3"), outlet.received);
  }
}
