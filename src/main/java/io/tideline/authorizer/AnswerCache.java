package io.tideline.authorizer;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tideline.access.Authorizer;
import io.tideline.access.Authorizer.Answer;
import io.tideline.access.Authorizer.Question;
import io.tideline.access.Authorizer.Verdict;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The answers that may be given again, bounded by number; the least useful go first. Any thread.
 */
final class AnswerCache {
  private final Cache<Question, Kept> kept;
  private final LongSupplier nanoTime;

  private record Kept(Verdict verdict, long untilNanos) {}

  AnswerCache(int answersMax, LongSupplier nanoTime) {
    this.kept =
        Caffeine.newBuilder()
            .maximumSize(answersMax)
            .expireAfterWrite(Authorizer.ANSWER_MAX)
            .ticker(nanoTime::getAsLong)
            .executor(Runnable::run)
            .build();
    this.nanoTime = nanoTime;
  }

  @Nullable Answer get(Question question) {
    Kept found = kept.getIfPresent(question);
    if (found == null) {
      return null;
    }
    long leftNanos = found.untilNanos - nanoTime.getAsLong();
    return leftNanos > 0 ? new Answer(found.verdict, Duration.ofNanos(leftNanos)) : null;
  }

  void put(Question question, Verdict verdict, long untilNanos) {
    kept.put(question, new Kept(verdict, untilNanos));
  }

  void forget(RevokedIdentities revoked) {
    kept.asMap().keySet().removeIf(revoked::has);
  }

  /** Without those that are known to be over; for tests and meters. */
  long size() {
    kept.cleanUp();
    return kept.estimatedSize();
  }
}
