package io.tideline.hub;

import io.tideline.loop.Lane;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Message;
import io.tideline.stream.Publication;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Messages on their way into the log, of the channels of one lane: while one batch is being
 * committed, the next collects, so one round trip and one fsync carry as many messages as wait. One
 * batch is under way at a time, which keeps a channel's order and costs nothing, since a second one
 * would wait for the same locks and the same disk.
 */
final class AppendQueue {
  private static final int BATCH_BYTES_MAX = 1 << 20;

  private final Lane lane;
  private final History history;
  private final HubLimits limits;
  private final Consumer<List<List<Publication>>> stored;

  private final Queue<Waiting> waiting = new ArrayDeque<>();
  private int waitingMessages;
  private int waitingBytes;
  private boolean isAppending;
  private boolean isScheduled;

  AppendQueue(
      Lane lane, History history, HubLimits limits, Consumer<List<List<Publication>>> stored) {
    this.lane = lane;
    this.history = history;
    this.limits = limits;
    this.stored = stored;
  }

  private record Waiting(
      List<Message> messages, boolean isAtomic, int bytes, Consumer<List<PublishOutcome>> done) {
    void all(PublishOutcome outcome) {
      done.accept(messages.stream().map(message -> outcome).toList());
    }
  }

  /** Any thread. {@code done} is called once, on the lane, with an outcome a message. */
  void add(List<Message> messages, boolean isAtomic, Consumer<List<PublishOutcome>> done) {
    int bytes = messages.stream().mapToInt(message -> message.payload().length()).sum();
    Waiting entry = new Waiting(messages, isAtomic, bytes, done);
    lane.run(() -> add(entry));
  }

  private void add(Waiting entry) {
    boolean isFull =
        waitingMessages + entry.messages().size() > limits.queueMessagesMax()
            || waitingBytes + entry.bytes() > limits.queueBytesMax();
    if (isFull) {
      entry.all(new PublishOutcome.Overloaded());
      return;
    }
    waiting.add(entry);
    waitingMessages += entry.messages().size();
    waitingBytes += entry.bytes();
    schedule();
  }

  /**
   * Later on this lane, so that everything that the lane reads from its sockets in one go shares
   * the batch.
   */
  private void schedule() {
    if (!isAppending && !isScheduled && !waiting.isEmpty()) {
      isScheduled = true;
      lane.execute(
          () -> {
            isScheduled = false;
            append(takeBatch());
          });
    }
  }

  private List<Waiting> takeBatch() {
    List<Waiting> batch = new ArrayList<>();
    int messages = 0;
    int bytes = 0;
    while (!waiting.isEmpty()) {
      Waiting next = waiting.peek();
      boolean fits =
          messages + next.messages().size() <= History.BATCH_MESSAGES_MAX
              && bytes + next.bytes() <= BATCH_BYTES_MAX
              && !next.isAtomic()
              && (batch.isEmpty() || !batch.get(0).isAtomic());
      if (!fits && !batch.isEmpty()) {
        break;
      }
      batch.add(waiting.remove());
      messages += next.messages().size();
      bytes += next.bytes();
      waitingMessages -= next.messages().size();
      waitingBytes -= next.bytes();
    }
    return batch;
  }

  private void append(List<Waiting> batch) {
    if (batch.isEmpty()) {
      return;
    }
    isAppending = true;
    List<Message> messages = new ArrayList<>();
    batch.forEach(entry -> messages.addAll(entry.messages()));
    history
        .append(messages, batch.get(0).isAtomic())
        .subscribe()
        .with(
            outcomes -> lane.run(() -> appended(batch, messages, outcomes)),
            failure -> lane.run(() -> failed(batch, failure)));
  }

  private void appended(List<Waiting> batch, List<Message> messages, List<AppendOutcome> outcomes) {
    isAppending = false;
    schedule();
    stored.accept(publications(messages, outcomes));
    int from = 0;
    for (Waiting entry : batch) {
      int to = from + entry.messages().size();
      entry.done().accept(outcomes.subList(from, to).stream().map(AppendQueue::decided).toList());
      from = to;
    }
  }

  private static PublishOutcome decided(AppendOutcome outcome) {
    return new PublishOutcome.Decided(outcome);
  }

  private static List<List<Publication>> publications(
      List<Message> messages, List<AppendOutcome> outcomes) {
    Map<Channel, List<Publication>> byChannel = new LinkedHashMap<>();
    for (int i = 0; i < messages.size(); i++) {
      if (outcomes.get(i) instanceof AppendOutcome.Stored now && !now.duplicate()) {
        Message message = messages.get(i);
        byChannel
            .computeIfAbsent(message.channel(), key -> new ArrayList<>())
            .add(Publication.of(message, now.epoch(), now.offset(), now.time()));
      }
    }
    return List.copyOf(byChannel.values());
  }

  /**
   * The database is away, so those who wait are told at once instead of one batch after the other.
   */
  private void failed(List<Waiting> batch, Throwable failure) {
    isAppending = false;
    boolean isStoredNowhere = failure instanceof HistoryException.Unavailable;
    batch.forEach(
        entry ->
            entry.all(
                isStoredNowhere ? new PublishOutcome.Unavailable() : new PublishOutcome.Unknown()));
    List<Waiting> rest = List.copyOf(waiting);
    waiting.clear();
    waitingMessages = 0;
    waitingBytes = 0;
    rest.forEach(entry -> entry.all(new PublishOutcome.Unavailable()));
  }
}
