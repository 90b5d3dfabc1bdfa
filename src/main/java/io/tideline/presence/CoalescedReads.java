package io.tideline.presence;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.HistoryException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads that are done a few at a time, each once for all who ask for the same meanwhile; so that
 * they leave room for what is more important. Who would have to wait for too many, or has waited
 * too long, is refused with {@link HistoryException.Unavailable}. Any thread.
 */
final class CoalescedReads {
  /** Statements under way. */
  private static final int AT_ONCE_MAX = 4;

  /** Statements that wait until one of those is over. */
  private static final int WAITING_MAX = 256;

  /** Who waited longer is refused when its turn comes. */
  private static final Duration WAIT_MAX = Duration.ofSeconds(2);

  private final LongSupplier nanoTime;
  private final Map<Object, Read<?>> open = new HashMap<>();
  private final Queue<Read<?>> waiting = new ArrayDeque<>();
  private int underWay;

  /** One, and all who wait for it. */
  private static final class Read<T> {
    private final Object what;
    private final Supplier<Uni<T>> statement;
    private final long askedNanos;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Read(Object what, Supplier<Uni<T>> statement, long askedNanos) {
      this.what = what;
      this.statement = statement;
      this.askedNanos = askedNanos;
    }
  }

  /**
   * Makes one with nothing under way.
   *
   * @param nanoTime as {@link System#nanoTime()}
   */
  CoalescedReads(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Reads, or waits for who does.
   *
   * @param what by its equality; the same is read by the same kind of statement
   */
  <T> Uni<T> read(Object what, Supplier<Uni<T>> statement) {
    return Uni.createFrom()
        .emitter(
            caller ->
                asked(what, statement)
                    .whenComplete(
                        (answer, failure) -> {
                          if (failure == null) {
                            caller.complete(answer);
                          } else {
                            caller.fail(failure);
                          }
                        }));
  }

  @SuppressWarnings("unchecked")
  private <T> CompletionStage<T> asked(Object what, Supplier<Uni<T>> statement) {
    Read<T> read;
    synchronized (this) {
      Read<T> same = (Read<T>) open.get(what);
      if (same != null) {
        return same.answer;
      }
      if (underWay >= AT_ONCE_MAX && waiting.size() >= WAITING_MAX) {
        return CompletableFuture.failedFuture(
            new HistoryException.Unavailable(WAITING_MAX + " reads of presence wait", null));
      }
      read = new Read<>(what, statement, nanoTime.getAsLong());
      open.put(what, read);
      if (underWay >= AT_ONCE_MAX) {
        waiting.add(read);
        return read.answer;
      }
      underWay++;
    }
    begin(read);
    return read.answer;
  }

  private <T> void begin(Read<T> read) {
    Uni.createFrom()
        .deferred(() -> read.statement.get())
        .subscribe()
        .with(
            answer -> {
              over(read);
              read.answer.complete(answer);
            },
            failure -> {
              over(read);
              read.answer.completeExceptionally(failure);
            });
  }

  private void over(Read<?> read) {
    Read<?> next = next(read);
    while (next != null && nanoTime.getAsLong() - next.askedNanos > WAIT_MAX.toNanos()) {
      Read<?> late = next;
      next = next(late);
      late.answer.completeExceptionally(
          new HistoryException.Unavailable("waited longer than " + WAIT_MAX, null));
    }
    if (next != null) {
      begin(next);
    }
  }

  /** The one that takes its turn; null if none waits. */
  private synchronized @Nullable Read<?> next(Read<?> done) {
    open.remove(done.what);
    Read<?> next = waiting.poll();
    if (next == null) {
      underWay--;
    }
    return next;
  }
}
