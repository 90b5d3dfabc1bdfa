package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.History.Range;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Page;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.junit.jupiter.api.Test;

class OutboundBridgeTest {
  private static final Channel ONE = new Channel("orders:1");
  private static final Channel TWO = new Channel("orders:2");
  private static final Channel THREE = new Channel("orders:3");

  /** Enough for a poll, a retry after a first failure, and a renewal of the lease. */
  private static final Duration SOME_TURNS = Duration.ofSeconds(3);

  private static final Duration DELIVERY_TIMEOUT = Duration.ofMinutes(2);

  private final MemoryHistory log = new MemoryHistory(Clock.systemUTC(), Duration.ofHours(1));
  private final Cursors cursors = new Cursors();
  private final Receiver receiver = new Receiver();
  private final PriorityQueue<Task> later = new PriorityQueue<>();
  private long nanos;
  private long tasks;
  private int inFlightMax = 256;

  /** Of the log of {@link #ONE}, as if somebody had deleted its rows. */
  private final Set<Long> holes = new HashSet<>();

  private final ConnectorSink outgoing = new ConnectorSink(() -> nanos);

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
    nanos += LeaderLease.LEASE.toNanos();
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
    Duration before = outgoing.longestWait();
    nanos += Duration.ofSeconds(7).toNanos();
    assertEquals(before.plusSeconds(7), outgoing.longestWait());
    receiver.received.get(0).ack();
    assertEquals(Duration.ZERO, outgoing.longestWait());
  }

  @Test
  void aRecordThatWaitsHoldsUpItsChannelAlone() {
    receiver.silent.add(ONE);
    publish(ONE, 3);
    publish(TWO, 200);
    OutboundBridge bridge = start();
    turn();
    assertEquals(offsets(1, 200), receiver.offsets(TWO));
    assertEquals(200, cursors.offset(TWO));
    for (int i = 1; i <= 20; i++) {
      publish(TWO, 1);
      pass(OutboundBridge.POLL.plusMillis(10));
      assertEquals(200 + i, cursors.offset(TWO));
    }
    assertEquals(1, bridge.channelsBehind());
    pass(DELIVERY_TIMEOUT);
    assertEquals(List.of(1L), receiver.offsets(ONE), "one record of a channel is under way");
    receiver.silent.clear();
    receiver.first(ONE).ack();
    assertEquals(List.of(1L), receiver.offsets(ONE), "what waits behind it isn't held");
    turn();
    assertEquals(offsets(1, 3), receiver.offsets(ONE));
    assertEquals(0, bridge.channelsBehind());
  }

  @Test
  void whatIsPublishedWhileARecordWaitsFollowsIt() {
    receiver.silent.add(ONE);
    publish(ONE, 1);
    start();
    turn();
    publish(ONE, 1);
    turn();
    receiver.silent.clear();
    receiver.first(ONE).ack();
    turn();
    assertEquals(offsets(1, 2), receiver.offsets(ONE));
  }

  @Test
  void aRefusedRecordHoldsUpItsChannelAlone() {
    receiver.refused.add(ONE);
    publish(ONE, 3);
    OutboundBridge bridge = start();
    Duration poll = OutboundBridge.POLL.plusMillis(10);
    for (int i = 1; i <= 200; i++) {
      publish(TWO, 1);
      pass(poll);
      assertEquals(i, cursors.offset(TWO));
    }
    assertEquals(0, cursors.offset(ONE));
    assertEquals(Set.of(1L), Set.copyOf(receiver.offsets(ONE)));
    int tries = receiver.offsets(ONE).size();
    assertTrue(5 < tries && tries < 15, tries + " tries in 42 s");
    assertEquals(1, bridge.channelsFailing());
    receiver.refused.clear();
    pass(Retries.PAUSE_MAX.plus(poll).plus(poll));
    assertEquals(3, cursors.offset(ONE));
    assertEquals(0, bridge.channelsFailing());
  }

  @Test
  void channelsThatFailedTakeHalfOfThePlacesAtMost() {
    inFlightMax = 2;
    receiver.refused.addAll(List.of(ONE, TWO));
    publish(ONE, 1);
    publish(TWO, 1);
    start();
    pass(OutboundBridge.POLL.dividedBy(2));
    receiver.refused.clear();
    receiver.silent.addAll(List.of(ONE, TWO));
    turn();
    publish(THREE, 1);
    turn();
    assertEquals(1, cursors.offset(THREE));
  }

  @Test
  void aHoleInALogHoldsUpItsChannelAlone() {
    holes.add(2L);
    publish(ONE, 3);
    publish(TWO, 3);
    OutboundBridge bridge = start();
    turn();
    assertEquals(3, cursors.offset(TWO));
    assertEquals(List.of(1L), receiver.offsets(ONE));
    assertEquals(1, cursors.offset(ONE));
    holes.add(3L);
    turn();
    assertEquals(1, bridge.channelsFailing());
    log.purge(ONE, 3).await().indefinitely();
    pass(Retries.PAUSE_MAX.plus(OutboundBridge.POLL));
    assertEquals("tideline.gap", receiver.types(ONE).get(1));
    assertEquals(3, cursors.offset(ONE));
    assertEquals(0, bridge.channelsFailing());
  }

  @Test
  void whatWasSentAndCouldntBeMarkedIsLookedForEvenIfTheLeaseIsBackAtOnce() {
    publish(TWO, 1);
    OutboundBridge bridge = start();
    turn();
    cursors.isStalled = true;
    turn();
    publish(ONE, 1);
    turn();
    assertFalse(cursors.isStalled, "it lapsed, and was taken again before the next turn");
    assertTrue(bridge.isActive());
    assertEquals(1, cursors.offset(ONE));
    assertEquals(List.of(1L, 1L), receiver.offsets(ONE));
  }

  @Test
  void whatIsConfirmedAfterTheDutyWasAnothersMovesNothing() {
    receiver.silent.add(ONE);
    publish(ONE, 3);
    start();
    turn();
    cursors.isOurs = false;
    turn();
    log.newEpoch();
    ChannelState now = log.states(List.of(ONE)).await().indefinitely().get(0);
    cursors.positions.put(ONE, now.headPosition());
    cursors.isOurs = true;
    turn();
    receiver.silent.clear();
    receiver.first(ONE).ack();
    turn();
    assertEquals(now.headPosition(), cursors.positions.get(ONE));
    assertEquals(List.of(1L), receiver.offsets(ONE), "nor is anything sent behind it");
  }

  // --- the ends

  private Uni<List<Page>> readAll(List<Range> ranges) {
    return log.readAll(ranges).map(pages -> pages.stream().map(this::withHoles).toList());
  }

  private Page withHoles(Page page) {
    return !page.state().channel().equals(ONE)
        ? page
        : new Page(
            page.state(),
            page.publications().stream().filter(each -> !holes.contains(each.offset())).toList());
  }

  private void later(Duration pause, Runnable what) {
    later.add(new Task(nanos + pause.toNanos(), tasks++, what));
  }

  private record Task(long atNanos, long order, Runnable what) implements Comparable<Task> {
    @Override
    public int compareTo(Task other) {
      return Comparator.comparingLong(Task::atNanos)
          .thenComparingLong(Task::order)
          .compare(this, other);
    }
  }

  private OutboundBridge start() {
    OutboundBridge bridge =
        new OutboundBridge(
            "out",
            inFlightMax,
            new LeaderLease("out", cursors, this::later, () -> nanos),
            new Backlog(true, channel -> true, cursors),
            cursors,
            this::readAll,
            outgoing,
            this::later,
            () -> nanos,
            new OutboundMeters(new SimpleMeterRegistry(), "out"));
    outgoing.connect(receiver);
    bridge.start();
    return bridge;
  }

  private void turn() {
    pass(SOME_TURNS);
  }

  private void pass(Duration time) {
    long until = nanos + time.toNanos();
    while (!later.isEmpty() && later.peek().atNanos() <= until) {
      Task next = later.remove();
      nanos = Math.max(nanos, next.atNanos());
      next.what().run();
    }
    nanos = until;
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

    /** A renewal isn't answered before the lease has lapsed, and moves nothing till then. */
    boolean isStalled;

    private UniEmitter<? super Boolean> renewal;

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
      return isStalled ? Uni.createFrom().emitter(emitter -> renewal = emitter) : answer(isOurs);
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
      if (isStalled) {
        isStalled = false;
        later(Duration.ZERO, () -> renewal.complete(true));
        return Uni.createFrom().item(false);
      }
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
    final Set<Channel> silent = new HashSet<>();
    final Set<Channel> refused = new HashSet<>();
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
      Channel channel = new Channel((String) record(message).getKey());
      if (received.size() == failing || refused.contains(channel)) {
        message.nack(new IllegalStateException("away"));
      } else if (!isSilent && !silent.contains(channel)) {
        message.ack();
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onComplete() {}

    Message<?> first(Channel channel) {
      return of(channel).get(0);
    }

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
