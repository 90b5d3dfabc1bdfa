package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.junit.jupiter.api.Test;

class OutboundBridgeTest {
  private static final Channel ONE = new Channel("orders:1");
  private static final Channel TWO = new Channel("orders:2");
  private static final int TURNS = 20;

  private final MemoryHistory log = new MemoryHistory(Clock.systemUTC(), Duration.ofHours(1));
  private final Cursors cursors = new Cursors();
  private final Receiver receiver = new Receiver();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private long nanos;
  private final Outgoing outgoing = new Outgoing(() -> nanos);

  @Test
  void everyChannelGoesOutInItsOrderUntilItsHead() {
    publish(ONE, 100);
    publish(TWO, 3);
    OutboundBridge bridge = start();
    turn();
    assertEquals(offsets(1, 100), receiver.offsets(ONE));
    assertEquals(offsets(1, 3), receiver.offsets(TWO));
    assertEquals(100, cursors.offset(ONE));
    assertTrue(bridge.isActive());
    assertEquals(0, bridge.channelsBehind());
    publish(TWO, 1);
    turn();
    assertEquals(offsets(1, 4), receiver.offsets(TWO));
  }

  @Test
  void ofAChannelOneRecordIsUnderWay() {
    receiver.isSilent = true;
    publish(ONE, 3);
    publish(TWO, 3);
    start();
    turn();
    assertEquals(List.of(1L), receiver.offsets(ONE));
    assertEquals(List.of(1L), receiver.offsets(TWO));
    assertEquals(0, cursors.offset(ONE), "nothing is confirmed yet");
  }

  @Test
  void aFailedRecordIsNotOvertakenAndComesAgain() {
    publish(ONE, 10);
    receiver.failing = 5;
    start();
    turn();
    assertEquals(10, cursors.offset(ONE));
    List<Long> expected = new ArrayList<>(offsets(1, 5));
    expected.addAll(offsets(5, 10));
    assertEquals(expected, receiver.offsets(ONE));
  }

  @Test
  void whatIsGoneGoesOutAsARecord() {
    publish(ONE, 10);
    log.retainFrom(ONE, 8);
    start();
    turn();
    assertEquals(List.of(7L, 8L, 9L, 10L), receiver.offsets(ONE));
    assertEquals("tideline.gap", receiver.types(ONE).get(0));
    assertTrue(receiver.payloads(ONE).get(0).contains("\"from\":1,\"to\":7"));
    assertEquals(null, receiver.types(ONE).get(1));
  }

  @Test
  void aNodeWithoutTheDutySendsNothing() {
    cursors.isOurs = false;
    publish(ONE, 1);
    OutboundBridge bridge = start();
    turn();
    assertEquals(List.of(), receiver.offsets(ONE));
    assertFalse(bridge.isActive());
    cursors.isOurs = true;
    turn();
    assertEquals(List.of(1L), receiver.offsets(ONE));
  }

  @Test
  void theDatabaseAwayIsWaitedFor() {
    publish(ONE, 2);
    cursors.isAway = true;
    start();
    turn();
    assertEquals(List.of(), receiver.offsets(ONE));
    cursors.isAway = false;
    turn();
    assertEquals(offsets(1, 2), receiver.offsets(ONE));
  }

  @Test
  void aConnectorThatEndsLeavesTheDutyToOthers() {
    publish(ONE, 1);
    OutboundBridge bridge = start();
    turn();
    receiver.subscription.cancel();
    turn();
    assertTrue(bridge.standsStill());
    assertTrue(cursors.isReleased);
  }

  @Test
  void whoeverIsStoppedGivesUpWhenTheCursorStandsBehindWhatArrived() {
    receiver.isSilent = true;
    publish(ONE, 3);
    OutboundBridge bridge = start();
    turn();
    bridge.stop();
    turn();
    assertFalse(cursors.isReleased, "its record is still under way");
    receiver.received.get(0).ack();
    turn();
    assertEquals(List.of(1L), receiver.offsets(ONE));
    assertEquals(1, cursors.offset(ONE));
    assertTrue(cursors.isReleased);
    assertFalse(bridge.standsStill(), "somebody asked for it");
    assertFalse(bridge.isActive());
  }

  @Test
  void whoIsToldThatTheDutyIsAnothersSendsNoMore() {
    publish(ONE, 1);
    OutboundBridge bridge = start();
    turn();
    cursors.isOurs = false;
    publish(ONE, 100);
    turn();
    assertFalse(bridge.isActive());
    assertEquals(1, cursors.offset(ONE));
    int sent = receiver.received.size();
    publish(ONE, 1);
    turn();
    assertEquals(sent, receiver.received.size());
  }

  @Test
  void whoStoodStillForLongerThanItsLeaseSendsNothingUntilItIsRenewed() {
    receiver.isSilent = true;
    publish(ONE, 3);
    OutboundBridge bridge = start();
    turn();
    cursors.isAway = true;
    nanos += Duty.LEASE.toNanos();
    receiver.received.get(0).ack();
    turn();
    assertEquals(List.of(1L), receiver.offsets(ONE));
    assertFalse(bridge.isActive());
  }

  @Test
  void aRecordHasKeyHeadersAndThePayloadAsItCame() {
    byte[] binary = {0, -1, 13, 10, (byte) 0xc3};
    log.append(
            List.of(
                new io.tideline.stream.Message(
                    ONE,
                    new Payload("application/octet-stream", binary),
                    "made",
                    null,
                    Map.of("trace", "t1"),
                    null,
                    null)),
            false)
        .await()
        .indefinitely();
    start();
    turn();
    Message<?> record = receiver.received.get(0);
    assertArrayEquals(binary, (byte[]) record.getPayload());
    assertEquals(ONE.name(), Receiver.record(record).getKey());
    assertEquals("made", Receiver.header(record, "type"));
    assertEquals("t1", Receiver.header(record, "header-trace"));
    assertEquals(cursors.positions.get(ONE).encode(), Receiver.header(record, "position"));
    assertEquals(
        "application/octet-stream",
        new String(
            Receiver.record(record).getHeaders().lastHeader("content-type").value(),
            StandardCharsets.UTF_8));
  }

  @Test
  void howLongTheBrokerHasBeenSilentIsKnown() {
    receiver.isSilent = true;
    publish(ONE, 1);
    start();
    turn();
    nanos += Duration.ofSeconds(7).toNanos();
    assertEquals(Duration.ofSeconds(7), outgoing.longestWait());
    receiver.received.get(0).ack();
    assertEquals(Duration.ZERO, outgoing.longestWait());
  }

  // --- the ends

  private OutboundBridge start() {
    OutboundBridge bridge =
        new OutboundBridge(
            "out",
            256,
            new Duty("out", cursors, (pause, task) -> later.add(task), () -> nanos),
            new Backlog(true, channel -> true, cursors),
            cursors,
            log::readAll,
            outgoing,
            (pause, task) -> later.add(task),
            new OutboundMeters(new SimpleMeterRegistry(), "out"));
    outgoing.connect(receiver);
    bridge.start();
    return bridge;
  }

  private void turn() {
    for (int i = 0; i < TURNS && !later.isEmpty(); i++) {
      later.remove().run();
    }
  }

  private void publish(Channel channel, int messages) {
    for (int i = 0; i < messages; i++) {
      log.append(
              List.of(
                  io.tideline.stream.Message.of(
                      channel, new Payload(null, "1".getBytes(StandardCharsets.UTF_8)))),
              false)
          .await()
          .indefinitely();
    }
  }

  private static List<Long> offsets(long from, long to) {
    List<Long> all = new ArrayList<>();
    for (long offset = from; offset <= to; offset++) {
      all.add(offset);
    }
    return all;
  }

  /** Of one bridge, in memory. */
  private final class Cursors implements BridgeCursors {
    final Map<Channel, Position> positions = new HashMap<>();
    final History other = log.node("other");
    boolean isOurs = true;
    boolean isAway;
    boolean isReleased;

    long offset(Channel channel) {
      Position position = positions.get(channel);
      return position == null ? 0 : position.offset();
    }

    private <T> Uni<T> answer(T value) {
      return isAway
          ? Uni.createFrom()
              .failure(new io.tideline.stream.HistoryException.Unavailable("away", null))
          : Uni.createFrom().item(value);
    }

    @Override
    public Uni<Boolean> hold() {
      return answer(isOurs);
    }

    @Override
    public Uni<Void> release() {
      isReleased = true;
      return Uni.createFrom().voidItem();
    }

    @Override
    public Uni<String> begin(boolean isEarliest, String after, int limit) {
      return answer(null);
    }

    @Override
    public Uni<Behind> behind(String after, int limit) {
      return answer(
          new Behind(
              null,
              other.list("", after, limit).await().indefinitely().stream()
                  .filter(state -> offset(state.channel()) < state.head())
                  .map(ChannelState::channel)
                  .toList()));
    }

    @Override
    public Uni<History.Changes> changesSince(History.ChangeCursor cursor) {
      return isAway ? answer(null) : other.changesSince(cursor);
    }

    @Override
    public Uni<Map<Channel, Position>> positions(Collection<Channel> channels) {
      return answer(Map.copyOf(positions));
    }

    @Override
    public Uni<Boolean> advance(Map<Channel, Position> carried) {
      if (isOurs) {
        positions.putAll(carried);
      }
      return answer(isOurs);
    }
  }

  /** What a connector is: asks, takes, and confirms or refuses. */
  private static final class Receiver implements Flow.Subscriber<Message<?>> {
    final List<Message<?>> received = new ArrayList<>();
    Flow.Subscription subscription;
    boolean isSilent;
    int failing;

    @Override
    public void onSubscribe(Flow.Subscription newSubscription) {
      subscription = newSubscription;
      newSubscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(Message<?> message) {
      received.add(message);
      if (received.size() == failing) {
        message.nack(new IllegalStateException("away"));
      } else if (!isSilent) {
        message.ack();
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}

    List<Long> offsets(Channel channel) {
      return of(channel).stream().map(each -> Long.parseLong(header(each, "offset"))).toList();
    }

    List<String> types(Channel channel) {
      List<String> types = new ArrayList<>();
      of(channel).forEach(each -> types.add(header(each, "type")));
      return types;
    }

    List<String> payloads(Channel channel) {
      return of(channel).stream()
          .map(each -> new String((byte[]) each.getPayload(), StandardCharsets.UTF_8))
          .toList();
    }

    private List<Message<?>> of(Channel channel) {
      return received.stream()
          .filter(each -> record(each).getKey().equals(channel.name()))
          .toList();
    }

    private static OutgoingKafkaRecordMetadata<?> record(Message<?> message) {
      return message.getMetadata(OutgoingKafkaRecordMetadata.class).orElseThrow();
    }

    private static String header(Message<?> message, String name) {
      org.apache.kafka.common.header.Header header =
          record(message).getHeaders().lastHeader("tideline-" + name);
      return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
  }
}
