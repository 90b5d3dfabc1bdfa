package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.ManualLane;
import io.tideline.stream.Start;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * After a standstill messages wait beside the look at the time, and may come to their turn first.
 */
class OverdueLookTest {
  private final AtomicLong nanos = new AtomicLong();
  private final HubNode node = new HubNode(1, ProductDefaults.hubLimits(), nanos::get);
  private final RecordingOutlet outlet = new RecordingOutlet();

  @Test
  void whoseTokenEndedMeanwhileGetsNothingMore() {
    connect(Instant.now().minusSeconds(1));
    node.publish(HubNode.CATCH_UP, "1");
    pass(Duration.ofMillis(500));
    node.publish(HubNode.CATCH_UP, "2");
    assertEquals(List.of("1"), outlet.received);
    assertEquals(List.of(Disconnect.TOKEN_EXPIRED), outlet.closed);
  }

  @Test
  void theOthersGoOn() {
    connect(Instant.now().plusSeconds(600));
    pass(Duration.ofSeconds(30));
    node.publish(HubNode.CATCH_UP, "1");
    assertEquals(List.of("1"), outlet.received);
    assertEquals(List.of(), outlet.closed);
  }

  private void connect(Instant expiresAt) {
    Identity identity =
        new Identity("alice", "1", Instant.now().minusSeconds(60), expiresAt, Rights.NONE);
    AtomicReference<Subscriber> subscriber = new AtomicReference<>();
    ManualLane lane = node.lanes.get(0);
    lane.does(() -> subscriber.set(node.hub.connect(lane, outlet, identity)));
    node.subscribe(subscriber.get(), HubNode.CATCH_UP, Start.NOW);
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }
}
