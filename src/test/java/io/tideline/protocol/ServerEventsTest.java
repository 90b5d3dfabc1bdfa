package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.door.tideline.TidelineFormatTest;
import io.tideline.protocol.EventStream.Event;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServerEventsTest {
  private static final Channel CHANNEL = new Channel("c");

  @Test
  void theBeginningIsKeptAndDispatchesNothing() {
    EventStream stream = EventStream.of(ServerEvents.prelude(Duration.ofMillis(2345), "P1"));
    assertEquals(2345, stream.retryMs());
    assertEquals("P1", stream.lastId());
    assertEquals(List.of(), stream.events());
    assertEquals(2000, EventStream.of(ServerEvents.retry(Duration.ofSeconds(2))).retryMs());
  }

  /** Many readers dispatch at each of them, and can do nothing with a block without data. */
  @Test
  void blankLinesStandOnlyWhereABrowserNeedsThem() {
    assertEquals(
        "retry: 2000\nid: P1\n\n",
        new String(ServerEvents.prelude(Duration.ofSeconds(2), "P1"), UTF_8));
    assertEquals("retry: 2000\n", new String(ServerEvents.retry(Duration.ofSeconds(2)), UTF_8));
    assertEquals(":\n", new String(ServerEvents.HEARTBEAT, UTF_8));
  }

  @Test
  void theHeartbeatIsNoEvent() throws IOException {
    EventStream stream =
        EventStream.of(
            TidelineFormatTest.join(ServerEvents.position("P1"), ServerEvents.HEARTBEAT));
    assertEquals(List.of(), stream.events());
    assertEquals("P1", stream.lastId());
  }

  @Test
  void aGapMovesThePlaceOnlyBehindItself() throws IOException {
    Gap gap = Gap.of(CHANNEL, 5, 12, 30, Gap.Reason.PURGED);
    EventStream stream =
        EventStream.of(
            TidelineFormatTest.join(
                ServerEvents.position("before"), ServerEvents.gap(gap, "behind")));
    assertEquals(1, stream.events().size());
    Event event = stream.events().get(0);
    assertEquals("tideline.gap", event.type());
    assertEquals("before", event.lastEventId());
    assertEquals(30, Samples.parse(event.data().getBytes(UTF_8)).get("to").intValue());
    assertEquals("behind", stream.lastId());
  }

  @Test
  void controlEventsCarryNoId() throws IOException {
    List<byte[]> controls =
        List.of(
            ServerEvents.gap(Gap.ofEphemeral(CHANNEL, 3), null),
            ServerEvents.unsubscribed(CHANNEL, ProblemDetails.of(Problem.FORBIDDEN)),
            ServerEvents.expiring(Instant.EPOCH, Duration.ofSeconds(30)),
            ServerEvents.drain(Duration.ofSeconds(5)));
    byte[] all = ServerEvents.position("P1");
    for (byte[] control : controls) {
      all = TidelineFormatTest.join(all, control);
    }
    EventStream stream = EventStream.of(all);
    assertEquals(
        List.of(
            new Event(
                "tideline.gap",
                "{\"channel\":\"c\",\"from\":null,\"to\":null,\"count\":3,\"reason\":\"skipped\"}",
                "P1"),
            new Event("tideline.unsubscribed", "{\"channel\":\"c\",\"code\":\"forbidden\"}", "P1"),
            new Event(
                "tideline.expiring",
                "{\"at\":\"1970-01-01T00:00:00.000000Z\",\"withinMs\":30000}",
                "P1"),
            new Event("tideline.drain", "{\"withinMs\":5000}", "P1")),
        stream.events());
  }
}
