package io.tideline.bridge;

import io.smallrye.mutiny.Uni;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.Publisher;
import io.tideline.limit.Backoff;
import io.tideline.stream.AppendOutcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

/**
 * A bridge from one source: publishes what the source brings, and acknowledges it when it is
 * stored.
 *
 * <p>Records go batch by batch, one batch at a time: what a batch couldn't store because the
 * database was away, or too busy, is tried again until it is, and only then the next one goes. So
 * the records of a channel keep their order.
 */
final class InboundBridge implements Flow.Subscriber<Message<?>> {
  private static final Logger LOG = Logger.getLogger(InboundBridge.class);
  private static final Duration PAUSE_MIN = Duration.ofMillis(200);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
  private static final int BATCH_BYTES_MAX = 1 << 20;

  private final String name;
  private final Mapping mapping;
  private final WhenRefused whenRefused;
  private final int inFlightMax;
  private final Function<List<Publisher.Item>, Uni<List<PublishOutcome>>> publish;
  private final BiConsumer<Duration, Runnable> later;
  private final Executor canceller;
  private final InboundMeters meters;

  private final Deque<Message<?>> waiting = new ArrayDeque<>();
  private final AtomicInteger wakeUps = new AtomicInteger();
  private Flow.Subscription subscription;
  private boolean isBusy;
  private boolean isStopped;
  private boolean standsStill;
  private final Backoff backoff = Backoff.exactly(PAUSE_MIN, PAUSE_MAX);
  private int batchMax;

  /**
   * Makes a bridge that waits for its source.
   *
   * @param later runs something after a while
   * @param canceller runs what may take long and mustn't keep anybody waiting: to end a source
   */
  InboundBridge(
      String name,
      InboundConfig config,
      Mapping mapping,
      Function<List<Publisher.Item>, Uni<List<PublishOutcome>>> publish,
      BiConsumer<Duration, Runnable> later,
      Executor canceller,
      InboundMeters meters) {
    this.name = name;
    this.mapping = mapping;
    this.whenRefused = config.refused();
    this.inFlightMax = config.inFlight();
    this.batchMax = inFlightMax;
    this.publish = publish;
    this.later = later;
    this.canceller = canceller;
    this.meters = meters;
  }

  private record Pending(Message<?> message, Publisher.Item item) {}

  /**
   * Records to store, and the one behind them that can't be.
   *
   * @param refused null if there is none
   */
  private record Batch(List<Pending> records, Message<?> refused, String reason) {}

  @Override
  public void onSubscribe(Flow.Subscription newSubscription) {
    synchronized (this) {
      subscription = newSubscription;
    }
    newSubscription.request(inFlightMax);
  }

  @Override
  public void onNext(Message<?> message) {
    synchronized (this) {
      if (isStopped) {
        return;
      }
      waiting.add(message);
    }
    next();
  }

  @Override
  public void onError(Throwable failure) {
    LOG.errorf(failure, "The source of bridge %s failed; the bridge has stopped.", name);
    standStill();
  }

  @Override
  public void onComplete() {
    LOG.infof("The source of bridge %s has ended.", name);
    standStill();
  }

  /**
   * Takes no more; what isn't stored yet isn't acknowledged, and comes again. Returns at once,
   * whatever the source does.
   */
  void stop() {
    stop(false);
  }

  private void standStill() {
    stop(true);
  }

  private void stop(boolean needsSomebody) {
    Flow.Subscription source;
    synchronized (this) {
      if (isStopped) {
        return;
      }
      isStopped = true;
      standsStill = needsSomebody;
      waiting.clear();
      source = subscription;
    }
    if (source != null) {
      canceller.execute(() -> cancel(source));
    }
  }

  private void cancel(Flow.Subscription source) {
    try {
      source.cancel();
    } catch (RuntimeException failure) {
      LOG.warnf(failure, "The source of bridge %s could not be closed.", name);
    }
  }

  private synchronized boolean isStopped() {
    return isStopped;
  }

  /** Whether it stopped though nobody asked it to. */
  synchronized boolean standsStill() {
    return standsStill;
  }

  /** One after the other: whoever settles a batch in the midst of this leaves the next to it. */
  private void next() {
    if (wakeUps.getAndIncrement() == 0) {
      do {
        orStandStill(this::takeNext);
      } while (wakeUps.decrementAndGet() > 0);
    }
  }

  /** What nobody foresaw must not end in a bridge that seems to run. */
  private void orStandStill(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException unexpected) {
      LOG.errorf(
          unexpected,
          "Bridge %s has stopped; its unacknowledged records come again after a restart.",
          name);
      standStill();
    }
  }

  private void takeNext() {
    List<Pending> batch = new ArrayList<>();
    Message<?> refused = null;
    String reason = null;
    synchronized (this) {
      if (isBusy || isStopped || waiting.isEmpty()) {
        return;
      }
      isBusy = true;
      int bytes = 0;
      while (!waiting.isEmpty() && refused == null && bytes < BATCH_BYTES_MAX) {
        Message<?> first = waiting.remove();
        try {
          Pending pending = new Pending(first, mapping.item(new SourceRecord(first)));
          bytes += pending.item().message().payload().length();
          batch.add(pending);
        } catch (RecordRefusedException unfit) {
          refused = first;
          reason = unfit.getMessage();
        } catch (RuntimeException unexpected) {
          refused = first;
          reason = unexpected.toString();
        }
      }
    }
    store(new Batch(batch, refused, reason));
  }

  /** Stores the batch, as much of it at once as is taken, then deals with what is behind it. */
  private void store(Batch batch) {
    if (isStopped()) {
      return;
    }
    if (batch.records().isEmpty()) {
      settle(batch);
      return;
    }
    List<Pending> tried = batch.records().subList(0, Math.min(batchMax, batch.records().size()));
    publish
        .apply(tried.stream().map(Pending::item).toList())
        .subscribe()
        .with(
            outcomes -> orStandStill(() -> published(batch, tried, outcomes)),
            failure ->
                orStandStill(
                    () -> {
                      LOG.warnf(failure, "Bridge %s could not publish.", name);
                      again(batch);
                    }));
  }

  private void published(Batch batch, List<Pending> tried, List<PublishOutcome> outcomes) {
    List<Pending> rest = new ArrayList<>();
    CompletionStage<Void> told = CompletableFuture.completedFuture(null);
    for (int i = 0; i < tried.size(); i++) {
      Message<?> message = tried.get(i).message();
      PublishOutcome outcome = outcomes.get(i);
      if (isFinal(outcome)) {
        told = told.thenCompose(before -> tell(message, outcome));
      } else {
        rest.add(tried.get(i));
      }
    }
    int settled = tried.size() - rest.size();
    boolean isAllStored = rest.isEmpty();
    if (outcomes.stream().anyMatch(PublishOutcome.Overloaded.class::isInstance)) {
      batchMax = Math.max(1, tried.size() / 2);
    } else if (isAllStored) {
      batchMax = Math.min(inFlightMax, 2 * batchMax);
    }
    rest.addAll(batch.records().subList(tried.size(), batch.records().size()));
    Batch remaining = new Batch(rest, batch.refused(), batch.reason());
    whenTold(
        told,
        () -> {
          request(settled);
          if (isAllStored) {
            backoff.reset();
            store(remaining);
          } else {
            again(remaining);
          }
        });
  }

  /** Goes on unless the bridge was made to stand still. */
  private void whenTold(CompletionStage<Void> told, Runnable goOn) {
    told.whenComplete(
        (done, failure) ->
            orStandStill(
                () -> {
                  if (failure == null) {
                    goOn.run();
                  } else if (!isStopped()) {
                    throw new IllegalStateException(failure);
                  }
                }));
  }

  /** Whether it needs no other try. */
  private static boolean isFinal(PublishOutcome outcome) {
    return outcome instanceof PublishOutcome.Decided || outcome instanceof PublishOutcome.Accepted;
  }

  /** Lets the source know; fails where nothing behind may be acknowledged. */
  private CompletionStage<Void> tell(Message<?> message, PublishOutcome outcome) {
    if (outcome instanceof PublishOutcome.Decided decided) {
      if (!(decided.outcome() instanceof AppendOutcome.Stored stored)) {
        return refuse(message, "its key was used before with another payload");
      }
      if (stored.duplicate()) {
        meters.duplicate();
        return ack(message);
      }
    }
    meters.stored();
    return ack(message);
  }

  private void again(Batch batch) {
    if (isStopped()) {
      return;
    }
    if (backoff.isFresh()) {
      LOG.warnf("Bridge %s waits, because its records can't be stored now.", name);
    }
    meters.repeated(batch.records().size());
    later.accept(backoff.next(), () -> orStandStill(() -> store(batch)));
  }

  private CompletionStage<Void> refuse(Message<?> message, String reason) {
    SourceRecord record = new SourceRecord(message);
    meters.refused();
    return switch (whenRefused) {
      case STOP -> {
        LOG.errorf(
            "Bridge %s has stopped at %s, which can't be stored. Correct the record, the mapping or tideline.bridges.in.%s.refused, and restart. Reason: %s",
            name, record, name, reason);
        standStill();
        yield CompletableFuture.failedFuture(new RecordRefusedException(reason));
      }
      case SKIP -> {
        LOG.warnf("Bridge %s skips %s: %s", name, record, reason);
        yield ack(message);
      }
      case DEAD_LETTER -> {
        LOG.warnf("Bridge %s hands %s back: %s", name, record, reason);
        yield handBack(message, record, reason);
      }
    };
  }

  /** If the source doesn't take it back, whatever is acknowledged behind it would lose it. */
  private CompletionStage<Void> handBack(Message<?> message, SourceRecord record, String reason) {
    return stage(() -> message.nack(new IllegalArgumentException(reason)))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.errorf(
                    failure,
                    "Bridge %s has stopped at %s, which its source didn't accept back. Check its failure-strategy, and restart.",
                    name,
                    record);
                standStill();
              }
            });
  }

  /** Nobody waits for it: what is stored and not acknowledged comes again, and is found. */
  private CompletionStage<Void> ack(Message<?> message) {
    stage(message::ack)
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.warnf(
                    "Bridge %s could not acknowledge %s, which may come again: %s",
                    name, new SourceRecord(message), failure);
              }
            });
    return CompletableFuture.completedFuture(null);
  }

  private static CompletionStage<Void> stage(Supplier<CompletionStage<Void>> answer) {
    try {
      return answer.get();
    } catch (RuntimeException failure) {
      return CompletableFuture.failedFuture(failure);
    }
  }

  private void request(int settled) {
    Flow.Subscription source;
    synchronized (this) {
      source = isStopped ? null : subscription;
    }
    if (source != null && settled > 0) {
      source.request(settled);
    }
  }

  /** The batch is done, and what stood behind it too. */
  private void settle(Batch batch) {
    Message<?> refused = batch.refused();
    CompletionStage<Void> told =
        refused == null ? CompletableFuture.completedFuture(null) : refuse(refused, batch.reason());
    whenTold(
        told,
        () -> {
          synchronized (this) {
            isBusy = false;
          }
          request(refused == null ? 0 : 1);
          next();
        });
  }
}
