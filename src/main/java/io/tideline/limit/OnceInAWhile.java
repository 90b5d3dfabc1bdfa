package io.tideline.limit;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * A limit for log lines: the same line, told by a key, is due at most once within a pause. It keeps
 * a bounded number of keys; a new key that finds no room isn't due, so strangers who make up keys
 * can't fill the log.
 *
 * <pre>{@code
 * if (brokerAway.isDue(broker)) {
 *   LOG.warnf("The broker %s can't be reached", broker);
 * }
 * }</pre>
 *
 * @param <K> what tells one line from another
 */
public final class OnceInAWhile<K> {
  private final long pauseNanos;
  private final int keysMax;
  private final LongSupplier nanoTime;
  private final Map<K, Long> said = new ConcurrentHashMap<>();

  public OnceInAWhile(Duration pause, int keysMax, LongSupplier nanoTime) {
    this.pauseNanos = pause.toNanos();
    this.keysMax = keysMax;
    this.nanoTime = nanoTime;
  }

  /** Whether the line is to be written now; of several threads that ask at once, one is told so. */
  public boolean isDue(K key) {
    long now = nanoTime.getAsLong();
    if (!said.containsKey(key) && !hasRoom(now)) {
      return false;
    }
    AtomicBoolean isDue = new AtomicBoolean();
    said.compute(
        key,
        (same, last) -> {
          isDue.set(last == null || isOver(last, now));
          return isDue.get() ? now : last;
        });
    return isDue.get();
  }

  /** The next line of this key is due at once: what it was about has ended. */
  public void forget(K key) {
    said.remove(key);
  }

  private boolean hasRoom(long now) {
    if (said.size() >= keysMax) {
      said.values().removeIf(last -> isOver(last, now));
    }
    return said.size() < keysMax;
  }

  private boolean isOver(long last, long now) {
    return now - last >= pauseNanos;
  }
}
