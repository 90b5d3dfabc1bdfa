package io.tideline.bridge;

import io.tideline.stream.BridgeCursors;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * The lease of the one node that carries a bridge's channels, renewed as long as it is wanted; by
 * this node's own clock it ends before another node can have it. May be used from any thread.
 */
final class LeaderLease {
  static final Duration LEASE = Duration.ofSeconds(10);

  private static final Logger LOG = Logger.getLogger(LeaderLease.class);
  private static final Duration RENEWAL = LEASE.dividedBy(4);

  private final String bridge;
  private final BridgeCursors cursors;
  private final BiConsumer<Duration, Runnable> later;
  private final LongSupplier nanoTime;

  private final AtomicLong terms = new AtomicLong();
  private volatile boolean isHeld;
  private volatile long heldUntil;
  private volatile boolean isGivenUp;
  private volatile boolean isOver;
  private CompletionStage<?> renewal = CompletableFuture.completedFuture(null);

  /**
   * Makes a duty that nobody wants yet.
   *
   * @param later runs something after a while
   */
  LeaderLease(
      String bridge,
      BridgeCursors cursors,
      BiConsumer<Duration, Runnable> later,
      LongSupplier nanoTime) {
    this.bridge = bridge;
    this.cursors = cursors;
    this.later = later;
    this.nanoTime = nanoTime;
  }

  /** Takes it as soon as nobody else has it. */
  void want() {
    renew();
  }

  boolean isHeld() {
    return isHeld && !isGivenUp && nanoTime.getAsLong() - heldUntil < 0;
  }

  /**
   * The number of times that this node has come to hold it, or 0 while it doesn't: between two
   * terms another node may have carried.
   */
  long term() {
    return isHeld() ? terms.get() : 0;
  }

  /** Somebody else has it, as the database says. */
  void lost() {
    answered(false);
  }

  /**
   * Lets another node have it at once: after the renewal that is under way, which would take it
   * again.
   */
  synchronized void giveUp() {
    if (!isGivenUp) {
      isGivenUp = true;
      renewal.thenRun(
          () -> cursors.release().subscribe().with(done -> isOver = true, away -> isOver = true));
    }
  }

  /** Whether it was given up, or can't be: then the lease runs out. */
  boolean isOver() {
    return isOver;
  }

  private synchronized void renew() {
    if (isGivenUp) {
      return;
    }
    long askedAt = nanoTime.getAsLong();
    renewal =
        cursors
            .hold()
            .invoke(
                isOurs -> {
                  if (isOurs && !isHeld()) {
                    terms.incrementAndGet();
                  }
                  heldUntil = askedAt + LEASE.toNanos();
                  answered(isOurs);
                })
            .subscribeAsCompletionStage()
            .handle(
                (isOurs, failure) -> {
                  later.accept(RENEWAL, this::renew);
                  return null;
                });
  }

  private void answered(boolean isOurs) {
    if (isOurs != isHeld) {
      LOG.infof(
          isOurs ? "This node now carries bridge %s." : "Another node now carries bridge %s.",
          bridge);
      isHeld = isOurs;
    }
  }
}
