package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.smallrye.mutiny.Uni;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.ManualLane;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Message;
import io.tideline.stream.Page;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AppendQueueTest {
  private static final Channel CHANNEL = new Channel("c");
  private static final int MESSAGES_MAX = 10;
  private static final int BYTES_MAX = 3 << 20;

  private final ManualLane lane = new ManualLane(0);
  private final HeldLog log = new HeldLog();
  private final List<Publication> stored = new ArrayList<>();
  private final List<List<PublishOutcome>> told = new ArrayList<>();
  private final AppendQueue queue = queue(MESSAGES_MAX);

  private AppendQueue queue(int messagesMax) {
    HubLimits defaults = ProductDefaults.hubLimits();
    HubLimits limits =
        new HubLimits(
            defaults.subscriptionsMax(),
            defaults.outgoingBytesMax(),
            defaults.tailEntriesMax(),
            defaults.tailBytesMax(),
            defaults.tailsBytesMax(),
            defaults.pageCacheBytesMax(),
            defaults.idleChannelsMax(),
            messagesMax,
            BYTES_MAX,
            defaults.holeWait());
    return new AppendQueue(lane, log, limits, batch -> batch.forEach(stored::addAll));
  }

  /** A log whose appends are answered when, and as, a test says. */
  private static final class HeldLog implements History {
    final List<List<String>> batches = new ArrayList<>();
    final List<Boolean> atomic = new ArrayList<>();
    private io.smallrye.mutiny.subscription.UniEmitter<? super List<AppendOutcome>> answer;
    private long head;

    @Override
    public Uni<List<AppendOutcome>> append(List<Message> messages, boolean isAtomic) {
      return Uni.createFrom()
          .emitter(
              emitter -> {
                batches.add(messages.stream().map(AppendQueueTest::text).toList());
                atomic.add(isAtomic);
                answer = emitter;
              });
    }

    void store() {
      List<AppendOutcome> outcomes = new ArrayList<>();
      for (int i = 0; i < batches.get(batches.size() - 1).size(); i++) {
        outcomes.add(new AppendOutcome.Stored(1, ++head, Instant.EPOCH, false));
      }
      answer(outcomes);
    }

    void answer(List<AppendOutcome> outcomes) {
      answer.complete(outcomes);
    }

    void fail(Throwable failure) {
      answer.fail(failure);
    }

    @Override
    public Uni<Page> read(Channel channel, long from, long to) {
      throw new AssertionError("a queue doesn't read");
    }

    @Override
    public Uni<List<Page>> readAll(List<Range> ranges) {
      throw new AssertionError("a queue doesn't read");
    }

    @Override
    public Uni<List<ChannelState>> states(Collection<Channel> channels) {
      throw new AssertionError("a queue doesn't read");
    }

    @Override
    public Uni<Long> offsetSince(Channel channel, Instant time) {
      throw new AssertionError("a queue doesn't read");
    }

    @Override
    public Uni<ChannelState> purge(Channel channel, long through) {
      throw new AssertionError("a queue doesn't purge");
    }

    @Override
    public Uni<List<ChannelState>> list(String prefix, String after, int limit) {
      throw new AssertionError("a queue doesn't read");
    }

    @Override
    public Uni<Changes> changesSince(ChangeCursor cursor) {
      throw new AssertionError("a queue doesn't read");
    }
  }

  private static String text(Message message) {
    byte[] bytes = message.payload().bytes();
    return new String(
        bytes, 0, Math.min(bytes.length, 9), java.nio.charset.StandardCharsets.US_ASCII);
  }

  private void add(boolean isAtomic, String... texts) {
    List<Message> messages =
        List.of(texts).stream()
            .map(text -> Message.of(CHANNEL, RecordingOutlet.payload(text)))
            .toList();
    queue.add(messages, isAtomic, told::add);
  }

  private static List<PublishOutcome> all(int count, PublishOutcome outcome) {
    return IntStream.range(0, count).mapToObj(i -> outcome).toList();
  }

  @Test
  void whatComesTogetherIsOneBatchAndWhatComesMeanwhileTheNext() {
    add(false, "1");
    add(false, "2", "3");
    lane.runAll();
    add(false, "4");
    add(false, "5");
    lane.runAll();
    assertEquals(List.of(List.of("1", "2", "3")), log.batches);
    log.store();
    lane.runAll();
    assertEquals(List.of("4", "5"), log.batches.get(1));
  }

  @Test
  void tellsEveryoneTheirOutcomesInOrderAndPassesOnWhatIsNew() {
    add(false, "1", "2");
    add(false, "3");
    lane.runAll();
    List<AppendOutcome> outcomes =
        List.of(
            new AppendOutcome.Stored(1, 1, Instant.EPOCH, false),
            new AppendOutcome.KeyConflict(),
            new AppendOutcome.Stored(1, 1, Instant.EPOCH, true));
    log.answer(outcomes);
    lane.runAll();
    assertEquals(
        List.of(
            List.of(
                new PublishOutcome.Decided(outcomes.get(0)),
                new PublishOutcome.Decided(outcomes.get(1))),
            List.of(new PublishOutcome.Decided(outcomes.get(2)))),
        told);
    assertEquals(1, stored.size(), "neither what was refused nor the duplicate");
    assertEquals(1, stored.get(0).offset());
  }

  @Test
  void anAtomicBatchGoesAlone() {
    add(false, "1");
    add(true, "2", "3");
    add(false, "4");
    lane.runAll();
    log.store();
    lane.runAll();
    log.store();
    lane.runAll();
    log.store();
    lane.runAll();
    assertEquals(List.of(List.of("1"), List.of("2", "3"), List.of("4")), log.batches);
    assertEquals(List.of(false, true, false), log.atomic);
  }

  @Test
  void refusesMessagesAboveItsBoundAtOnceAndTakesThemAgainLater() {
    add(false, "under", "way");
    lane.runAll();
    for (int i = 0; i < MESSAGES_MAX; i++) {
      add(false, "waits");
    }
    add(false, "too many");
    lane.runAll();
    assertEquals(List.of(all(1, new PublishOutcome.Overloaded())), told);
    log.store();
    lane.runAll();
    assertEquals(MESSAGES_MAX, log.batches.get(1).size());
    add(false, "again");
    lane.runAll();
    assertEquals(2, told.size(), "taken");
  }

  @Test
  void refusesBytesAboveItsBound() {
    add(false, "under way");
    lane.runAll();
    add(false, "x".repeat(BYTES_MAX));
    add(false, "y");
    lane.runAll();
    assertEquals(List.of(all(1, new PublishOutcome.Overloaded())), told);
  }

  @Test
  void batchesAreBoundedByBytesAndByMessages() {
    add(false, "1" + "x".repeat(700_000));
    add(false, "2" + "x".repeat(700_000));
    lane.runAll();
    assertEquals(1, log.batches.get(0).size());
    log.store();
    lane.runAll();
    assertEquals(1, log.batches.get(1).size());
    log.store();
    lane.runAll();

    AppendQueue large = queue(3 * History.BATCH_MESSAGES_MAX);
    List<Message> messages =
        all(History.BATCH_MESSAGES_MAX - 1, null).stream()
            .map(none -> Message.of(CHANNEL, RecordingOutlet.payload("m")))
            .toList();
    large.add(messages, false, told::add);
    large.add(messages, false, told::add);
    lane.runAll();
    assertEquals(History.BATCH_MESSAGES_MAX - 1, log.batches.get(2).size());
  }

  @Test
  void theDatabaseAwayIsToldToEveryoneWhoWaitsAndNothingIsLeft() {
    add(false, "1");
    lane.runAll();
    add(false, "2", "3");
    add(true, "4");
    lane.runAll();
    log.fail(new HistoryException.Unavailable("away", null));
    lane.runAll();
    assertEquals(
        List.of(
            all(1, new PublishOutcome.Unavailable()),
            all(2, new PublishOutcome.Unavailable()),
            all(1, new PublishOutcome.Unavailable())),
        told);
    assertEquals(List.of(), stored);
    add(false, "5");
    lane.runAll();
    log.store();
    lane.runAll();
    assertEquals(List.of("5"), log.batches.get(1));
    assertInstanceOf(PublishOutcome.Decided.class, told.get(3).get(0));
  }

  @Test
  void onlyTheBatchUnderWayIsUnknown() {
    add(false, "1");
    lane.runAll();
    add(false, "2");
    lane.runAll();
    log.fail(new HistoryException.OutcomeUnknown("lost", null));
    lane.runAll();
    assertEquals(
        List.of(all(1, new PublishOutcome.Unknown()), all(1, new PublishOutcome.Unavailable())),
        told);
  }

  @Test
  void whoPublishesAgainAsSoonAsItFailedStopsNobody() {
    Message message = Message.of(CHANNEL, RecordingOutlet.payload("1"));
    queue.add(List.of(message), false, failed -> queue.add(List.of(message), false, told::add));
    lane.runAll();
    log.fail(new HistoryException.Unavailable("away", null));
    lane.runAll();
    assertEquals(List.of(all(1, new PublishOutcome.Unavailable())), told);
    add(false, "2");
    lane.runAll();
    assertEquals(List.of(List.of("1"), List.of("2")), log.batches);
  }

  @Test
  void aFailureThatNobodyForesawIsNoProofThatNothingWasStored() {
    add(false, "1");
    lane.runAll();
    log.fail(new IllegalStateException("a defect"));
    lane.runAll();
    assertEquals(List.of(all(1, new PublishOutcome.Unknown())), told);
  }
}
