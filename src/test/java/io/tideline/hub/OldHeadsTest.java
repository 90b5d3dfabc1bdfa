package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.ManualLane;
import io.tideline.presence.LocalPresence;
import io.tideline.stream.Channel;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.tideline.stream.Start;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A node that has heard nothing of the others for a while, and whether it knows that. */
class OldHeadsTest {
  private static final Channel CHANNEL = HubNode.CATCH_UP;

  private final AtomicLong nanos = new AtomicLong();
  private final ManualLane lane = new ManualLane(0);
  private final MemoryHistory log = new MemoryHistory(Clock.systemUTC(), Duration.ofHours(24));
  private final Hub hub =
      new Hub(
          List.of(lane),
          log,
          new LocalPresence(Duration.ZERO, nanos::get),
          HubNode.NAMESPACES,
          ProductDefaults.hubLimits(),
          HubEvents.NONE,
          Clock.systemUTC(),
          nanos::get);
  private final AccessPolicy access = new AccessPolicy(HubNode.NAMESPACES, Clock.systemUTC());

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private void otherNodesPublish(int messages) {
    MemoryHistory other = log.node("other");
    for (int i = 0; i < messages; i++) {
      Payload payload = new Payload(null, Integer.toString(i).getBytes(StandardCharsets.UTF_8));
      other.append(List.of(Message.of(CHANNEL, payload)), false).await().indefinitely();
    }
  }

  /** Where a new reader from now stands. */
  private long head() {
    List<SubscribeOutcome> replies = new ArrayList<>();
    Grant grant =
        ((AccessPolicy.Decision.Granted) access.decide(HubNode.SOMEONE, Action.SUBSCRIBE, CHANNEL))
            .grant();
    lane.does(
        () ->
            hub.connect(lane, new RecordingOutlet(), HubNode.SOMEONE)
                .subscribe(grant, Start.NOW, replies::add));
    var subscribed = assertInstanceOf(SubscribeOutcome.Subscribed.class, replies.get(0));
    return subscribed.subscription().position().offset();
  }

  @Test
  void whatIsKnownIsGoodBetweenTwoSweeps() {
    assertEquals(0, head());
    otherNodesPublish(3);
    pass(Duration.ofSeconds(1));
    assertEquals(0, head(), "late by less than the sweep");
  }

  @Test
  void afterAStandstillTheLogIsAsked() {
    assertEquals(0, head());
    otherNodesPublish(3);
    pass(Duration.ofSeconds(30));
    assertEquals(3, head());
  }

  /** Its connections may have died meanwhile. */
  @Test
  void aReadThatFailsIsRepeated() {
    assertEquals(0, head());
    otherNodesPublish(3);
    pass(Duration.ofSeconds(30));
    AtomicInteger failures = new AtomicInteger(2);
    log.faults(
        () ->
            failures.getAndDecrement() > 0
                ? MemoryHistory.Fault.UNAVAILABLE
                : MemoryHistory.Fault.NONE);
    assertEquals(3, head());
  }

  @Test
  void whereTheLogCannotBeAskedWhatIsKnownMustDo() {
    assertEquals(0, head());
    otherNodesPublish(3);
    pass(Duration.ofSeconds(30));
    log.faults(() -> MemoryHistory.Fault.UNAVAILABLE);
    assertEquals(0, head());
  }

  @Test
  void afterTheSweepWhatIsKnownIsGoodAgain() {
    assertEquals(0, head());
    pass(Duration.ofSeconds(30));
    lane.does(() -> hub.tick(lane));
    pass(Duration.ofSeconds(1));
    lane.does(() -> hub.tick(lane));
    hub.swept(nanos.get());
    otherNodesPublish(3);
    assertEquals(0, head());
  }
}
