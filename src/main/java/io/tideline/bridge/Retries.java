package io.tideline.bridge;

import io.tideline.limit.Backoff;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** Channels whose last try failed, and when each may be tried again. For one user at a time. */
final class Retries {
  static final Duration PAUSE_MIN = Duration.ofMillis(200);
  static final Duration PAUSE_MAX = Duration.ofSeconds(5);

  private final LongSupplier nanoTime;
  private final Map<Channel, Retry> all = new HashMap<>();

  private record Retry(Backoff backoff, long atNanos) {}

  Retries(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  int size() {
    return all.size();
  }

  boolean contains(Channel channel) {
    return all.containsKey(channel);
  }

  boolean isDue(Channel channel) {
    Retry retry = all.get(channel);
    return retry != null && nanoTime.getAsLong() - retry.atNanos() >= 0;
  }

  /** It rests for twice as long as the last time. */
  void failed(Channel channel) {
    Retry last = all.get(channel);
    Backoff backoff = last == null ? Backoff.exactly(PAUSE_MIN, PAUSE_MAX) : last.backoff();
    all.put(channel, new Retry(backoff, nanoTime.getAsLong() + backoff.next().toNanos()));
  }

  void succeeded(Channel channel) {
    all.remove(channel);
  }

  void forget() {
    all.clear();
  }
}
