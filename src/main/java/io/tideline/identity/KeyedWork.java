package io.tideline.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.session.Authentication;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.lang.JoseException;

/**
 * Where tokens are verified whose key may have to be fetched first. Fetching takes minutes from a
 * server that takes requests and answers none, so nobody waits longer than {@link #PATIENCE}; and
 * tokens that name keys which verified nothing yet, as anybody can make them, have few threads of
 * their own.
 */
final class KeyedWork {
  static final Duration PATIENCE = Duration.ofSeconds(5);

  static final int STRANGE_THREADS = 2;
  static final int STRANGE_WAITING_MAX = 256;
  private static final int KNOWN_MAX = 64;
  private static final String MALFORMED = "";
  private static final Authentication CANT_TELL =
      new Authentication.Refused(
          new TokenRefusal(
              TokenFault.KEYS_UNAVAILABLE,
              "the issuer's keys didn't come within "
                  + PATIENCE.toSeconds()
                  + " s, or too many tokens wait for keys that are not known"));

  private final Executor strange;
  private final Cache<String, Boolean> known = Caffeine.newBuilder().maximumSize(KNOWN_MAX).build();

  KeyedWork() {
    ThreadPoolExecutor few =
        new ThreadPoolExecutor(
            STRANGE_THREADS,
            STRANGE_THREADS,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(STRANGE_WAITING_MAX),
            work -> {
              Thread thread = new Thread(work, "tideline-strange-keys");
              thread.setDaemon(true);
              return thread;
            });
    few.allowCoreThreadTimeOut(true);
    this.strange = few;
  }

  /** Does it elsewhere; that it can't be told if that is full, or takes too long. */
  Uni<Authentication> run(String token, Supplier<Authentication> verification) {
    boolean isKnown = known.getIfPresent(key(token)) != null;
    Executor where = isKnown ? Infrastructure.getDefaultWorkerPool() : strange;
    // An emitter, as its time runs while it waits for a thread too.
    return Uni.createFrom()
        .<Authentication>emitter(
            waiting ->
                where.execute(
                    () -> {
                      try {
                        waiting.complete(verification.get());
                      } catch (RuntimeException fault) {
                        waiting.fail(fault);
                      }
                    }))
        .ifNoItem()
        .after(PATIENCE)
        .recoverWithItem(CANT_TELL)
        .onFailure(RejectedExecutionException.class)
        .recoverWithItem(CANT_TELL);
  }

  /** The key that the token names is there. */
  void found(String token) {
    known.put(key(token), true);
  }

  /** It isn't, or not any more. */
  void missed(String token) {
    known.invalidate(key(token));
  }

  /**
   * Of a key that verified something, anybody can copy the name, but with its algorithm the token
   * is found to be forged and the key is not missed; with another one it is a stranger's from the
   * start.
   */
  private static String key(String token) {
    try {
      JsonWebStructure parts = JsonWebStructure.fromCompactSerialization(token);
      return parts.getAlgorithmHeaderValue() + ' ' + parts.getKeyIdHeaderValue();
    } catch (JoseException | ClassCastException malformed) {
      return MALFORMED;
    }
  }
}
