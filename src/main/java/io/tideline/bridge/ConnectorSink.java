package io.tideline.bridge;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.eclipse.microprofile.reactive.messaging.Message;

/**
 * The sink of a connector, from any thread. It holds what was sent and isn't confirmed, so its
 * sender must bound that.
 */
final class ConnectorSink {
  private final LongSupplier nanoTime;
  private final Map<Long, Sent> unconfirmed = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private volatile MultiEmitter<? super Message<?>> emitter;
  private volatile boolean isEnded;

  private record Sent(long atNanos, CompletableFuture<Void> confirmed) {}

  ConnectorSink(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Connects to what takes messages for the connector. */
  void connect(Flow.Subscriber<Message<?>> connector) {
    Multi.createFrom()
        .<Message<?>>emitter(
            newEmitter -> {
              emitter = newEmitter;
              newEmitter.onTermination(this::ended);
            },
            BackPressureStrategy.BUFFER)
        .subscribe(connector);
  }

  /** Whether the connector will take nothing more. */
  boolean isEnded() {
    return isEnded;
  }

  /** How long the record that waits longest has waited for its confirmation. */
  Duration longestWait() {
    long now = nanoTime.getAsLong();
    return Duration.ofNanos(
        unconfirmed.values().stream().mapToLong(sent -> now - sent.atNanos()).max().orElse(0));
  }

  /** Completes when the broker has confirmed it, and fails if it never will. */
  CompletableFuture<Void> send(Message<byte[]> message) {
    CompletableFuture<Void> confirmed = new CompletableFuture<>();
    long number = numbers.incrementAndGet();
    unconfirmed.put(number, new Sent(nanoTime.getAsLong(), confirmed));
    emitter.emit(
        message
            .withAck(
                () -> {
                  unconfirmed.remove(number);
                  confirmed.complete(null);
                  return CompletableFuture.completedFuture(null);
                })
            .withNack(
                failure -> {
                  unconfirmed.remove(number);
                  confirmed.completeExceptionally(failure);
                  return CompletableFuture.completedFuture(null);
                }));
    if (isEnded) {
      confirmed.completeExceptionally(hasEnded());
    }
    return confirmed;
  }

  private void ended() {
    isEnded = true;
    unconfirmed.values().forEach(sent -> sent.confirmed().completeExceptionally(hasEnded()));
  }

  private static IllegalStateException hasEnded() {
    return new IllegalStateException("the connector has ended");
  }
}
