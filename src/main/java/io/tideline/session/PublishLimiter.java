package io.tideline.session;

import io.tideline.limit.TokenBucket;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A rate limit on the publications of each subject on this node. Any thread; subjects that have
 * been quiet are forgotten.
 */
public final class PublishLimiter {
  private static final String STRANGER = "";
  private static final int SUBJECTS_BEFORE_CLEANING = 10_000;

  private final int perSecond;
  private final TransportEvents events;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, TokenBucket> bySubject = new ConcurrentHashMap<>();

  /**
   * Makes rates.
   *
   * @param perSecond messages a second, and as many at once
   * @param events told of each message that comes too soon
   * @param nanoTime as {@link System#nanoTime()}
   */
  public PublishLimiter(int perSecond, TransportEvents events, LongSupplier nanoTime) {
    this.perSecond = perSecond;
    this.events = events;
    this.nanoTime = nanoTime;
  }

  /**
   * Takes the right to publish one message; false: not now.
   *
   * @param subject null for a stranger; all strangers are one
   */
  public boolean take(@Nullable String subject) {
    String name = subject == null ? STRANGER : subject;
    TokenBucket bucket = bySubject.get(name);
    if (bucket == null) {
      forgetQuiet();
      bucket =
          bySubject.computeIfAbsent(name, key -> new TokenBucket(perSecond, perSecond, nanoTime));
    }
    boolean isTaken = bucket.take();
    if (!isTaken) {
      events.limited(Limit.PUBLISHES_PER_SUBJECT);
    }
    return isTaken;
  }

  private void forgetQuiet() {
    if (bySubject.size() >= SUBJECTS_BEFORE_CLEANING) {
      bySubject.values().removeIf(TokenBucket::isFull);
    }
  }
}
