package io.tideline.bridge;

import io.smallrye.mutiny.Uni;
import io.tideline.hub.PublishOutcome;
import io.tideline.hub.Publisher;
import io.tideline.stream.AppendOutcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.jboss.logging.Logger;

/**
 * Publishes what one source brings, and acknowledges it when it is stored.
 *
 * <p>Records go batch by batch, one batch at a time: what a batch couldn't store because the
 * database was away, or too busy, is tried again until it is, and only then the next one goes. So
 * the records of a channel keep their order.
 */
final class Bridge implements Flow.Subscriber<Message<?>> {
  private static final Logger LOG = Logger.getLogger(Bridge.class);
  private static final long PAUSE_MILLIS_MIN = 100;
  private static final long PAUSE_MILLIS_MAX = 5000;
  private static final int BATCH_BYTES_MAX = 1 << 20;

  private final String name;
  private final Mapping mapping;
  private final WhenRefused whenRefused;
  private final int inFlightMax;
  private final Function<List<Publisher.Item>, Uni<List<PublishOutcome>>> publish;
  private final BiConsumer<Duration, Runnable> later;
  private final BridgeMeters meters;

  private final Deque<Message<?>> waiting = new ArrayDeque<>();
  private Flow.Subscription subscription;
  private boolean isBusy;
  private boolean isStopped;
  private long pauseMillis = PAUSE_MILLIS_MIN;

  /**
   * Makes a bridge that waits for its source.
   *
   * @param later runs something after a while
   */
  Bridge(
      String name,
      BridgeConfig config,
      Mapping mapping,
      Function<List<Publisher.Item>, Uni<List<PublishOutcome>>> publish,
      BiConsumer<Duration, Runnable> later,
      BridgeMeters meters) {
    this.name = name;
    this.mapping = mapping;
    this.whenRefused = config.refused();
    this.inFlightMax = config.inFlight();
    this.publish = publish;
    this.later = later;
    this.meters = meters;
  }

  private record Pending(Message<?> message, Publisher.Item item) {}

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
      waiting.add(message);
    }
    next();
  }

  @Override
  public void onError(Throwable failure) {
    LOG.errorf(failure, "The source of bridge %s failed; the bridge stands still.", name);
    stop();
  }

  @Override
  public void onComplete() {
    LOG.infof("The source of bridge %s has ended.", name);
    stop();
  }

  /** Takes no more; what isn't stored yet isn't acknowledged, and comes again. */
  synchronized void stop() {
    isStopped = true;
    waiting.clear();
    if (subscription != null) {
      subscription.cancel();
    }
  }

  synchronized boolean isRunning() {
    return !isStopped;
  }

  private void next() {
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
        }
      }
    }
    store(batch, refused, reason);
  }

  /**
   * Stores the batch, then deals with the record behind it.
   *
   * @param refused null if there is none
   */
  private void store(List<Pending> batch, Message<?> refused, String reason) {
    if (batch.isEmpty()) {
      settle(refused, reason);
      return;
    }
    publish
        .apply(batch.stream().map(Pending::item).toList())
        .subscribe()
        .with(
            outcomes -> published(batch, outcomes, refused, reason),
            failure -> again(batch, refused, reason));
  }

  private void published(
      List<Pending> batch, List<PublishOutcome> outcomes, Message<?> refused, String reason) {
    List<Pending> rest = new ArrayList<>();
    for (int i = 0; i < outcomes.size(); i++) {
      if (!isSettled(batch.get(i).message(), outcomes.get(i))) {
        rest.add(batch.get(i));
      }
    }
    request(batch.size() - rest.size());
    if (rest.isEmpty()) {
      pauseMillis = PAUSE_MILLIS_MIN;
      settle(refused, reason);
    } else {
      again(rest, refused, reason);
    }
  }

  /** Whether it needs no other try. */
  private boolean isSettled(Message<?> message, PublishOutcome outcome) {
    if (outcome instanceof PublishOutcome.Decided decided) {
      if (decided.outcome() instanceof AppendOutcome.Stored stored) {
        if (stored.duplicate()) {
          meters.duplicate();
        } else {
          meters.stored();
        }
        message.ack();
      } else {
        refuse(message, "its key was used before with another payload");
      }
      return true;
    }
    if (outcome instanceof PublishOutcome.Accepted) {
      meters.stored();
      message.ack();
      return true;
    }
    return false;
  }

  private void again(List<Pending> rest, Message<?> refused, String reason) {
    if (!isRunning()) {
      return;
    }
    if (pauseMillis == PAUSE_MILLIS_MIN) {
      LOG.warnf("Bridge %s waits: its records can't be stored now.", name);
    }
    meters.repeated(rest.size());
    pauseMillis = Math.min(PAUSE_MILLIS_MAX, 2 * pauseMillis);
    later.accept(Duration.ofMillis(pauseMillis), () -> store(rest, refused, reason));
  }

  private void refuse(Message<?> message, String reason) {
    SourceRecord record = new SourceRecord(message);
    meters.refused();
    switch (whenRefused) {
      case STOP -> {
        LOG.errorf(
            "Bridge %s stands still at %s, which can't be stored. Mend the record, the mapping or tideline.bridges.in.%s.refused, and restart. Why: %s",
            name, record, name, reason);
        stop();
      }
      case SKIP -> {
        LOG.warnf("Bridge %s passes over %s: %s", name, record, reason);
        message.ack();
      }
      case DEAD_LETTER -> {
        LOG.warnf("Bridge %s hands %s back: %s", name, record, reason);
        message.nack(new IllegalArgumentException(reason));
      }
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
  private void settle(Message<?> refused, String reason) {
    if (refused != null) {
      refuse(refused, reason);
    }
    synchronized (this) {
      isBusy = false;
    }
    request(refused == null ? 0 : 1);
    next();
  }
}
