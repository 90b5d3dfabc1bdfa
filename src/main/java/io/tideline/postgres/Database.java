package io.tideline.postgres;

import io.quarkus.vertx.core.runtime.context.VertxContextSafetyToggle;
import io.smallrye.common.vertx.VertxContext;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.stream.HistoryException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * The two ways to PostgreSQL: a session of Hibernate Reactive, and a bare connection for the
 * statements on the hot path. Both wait a bounded time, bounded in number, and never block: with
 * the database away everything fails soon and nothing piles up.
 */
final class Database {
  private final Vertx vertx;
  private final Mutiny.SessionFactory sessions;
  private final Pool pool;
  private final HistorySettings settings;
  private final AtomicInteger waitingForConnection = new AtomicInteger();
  private final AtomicInteger openSessions = new AtomicInteger();

  Database(Vertx vertx, Mutiny.SessionFactory sessions, Pool pool, HistorySettings settings) {
    this.vertx = vertx;
    this.sessions = sessions;
    this.pool = pool;
    this.settings = settings;
  }

  /** Runs {@code action} later, unless the returned timer is cancelled. */
  long after(Duration delay, Runnable action) {
    return vertx.setTimer(Math.max(1, delay.toMillis()), timer -> action.run());
  }

  /** How long a caller waits at most. */
  Duration answerWait() {
    return settings.answerWait();
  }

  void cancel(long timer) {
    vertx.cancelTimer(timer);
  }

  /**
   * A connection of the pool; whoever gets it closes it. Fails with {@link
   * HistoryException.Unavailable}: nothing was sent.
   */
  Future<SqlConnection> connection() {
    if (waitingForConnection.incrementAndGet() > settings.connectionWaitersMax()) {
      waitingForConnection.decrementAndGet();
      return Future.failedFuture(
          new HistoryException.Unavailable(
              settings.connectionWaitersMax() + " operations wait for a connection", null));
    }
    Promise<SqlConnection> promise = Promise.promise();
    long timer =
        after(
            settings.connectionWait(),
            () ->
                promise.tryFail(
                    new HistoryException.Unavailable(
                        "no connection to PostgreSQL within " + settings.connectionWait(), null)));
    pool.getConnection()
        .onComplete(
            arrived -> {
              waitingForConnection.decrementAndGet();
              cancel(timer);
              if (arrived.failed()) {
                promise.tryFail(
                    new HistoryException.Unavailable(
                        "can't connect to PostgreSQL", arrived.cause()));
              } else if (!promise.tryComplete(arrived.result())) {
                arrived.result().close();
              }
            });
    return promise.future();
  }

  /** A connection of its own, in no pool and past any pooler; whoever gets it closes it. */
  Future<SqlConnection> connection(PgConnectOptions direct) {
    PgConnectOptions limited = new PgConnectOptions(direct);
    ConnectionLimits.apply(limited, settings);
    return PgConnection.connect(vertx, limited)
        .map(
            made -> {
              ConnectionLimits.watch(made, settings);
              return made;
            });
  }

  /** As {@link #connection}, given back when the work is done; for statements that only read. */
  <T> Future<T> withConnection(Function<SqlConnection, Future<T>> work) {
    return connection()
        .compose(connection -> work.apply(connection).onComplete(ended -> connection.close()));
  }

  /**
   * Does {@code work} in a stateless session, each statement in its own transaction unless the work
   * says otherwise. The caller waits {@link HistorySettings#answerWait} at most; the work itself
   * goes on, so that its connection is given back in any case.
   */
  <T> Uni<T> session(Function<Mutiny.StatelessSession, Uni<T>> work) {
    return Uni.createFrom()
        .emitter(
            caller -> {
              if (openSessions.incrementAndGet() > settings.connectionWaitersMax()) {
                openSessions.decrementAndGet();
                caller.fail(
                    new HistoryException.Unavailable(
                        settings.connectionWaitersMax() + " sessions are open", null));
                return;
              }
              onSafeContext(() -> session(work, caller));
            });
  }

  private <T> void session(
      Function<Mutiny.StatelessSession, Uni<T>> work, UniEmitter<? super T> caller) {
    AtomicBoolean isAnswered = new AtomicBoolean();
    long timer =
        after(
            settings.answerWait(),
            () -> {
              if (isAnswered.compareAndSet(false, true)) {
                caller.fail(
                    new HistoryException.Unavailable(
                        "no answer from PostgreSQL within " + settings.answerWait(), null));
              }
            });
    Runnable ended =
        () -> {
          openSessions.decrementAndGet();
          cancel(timer);
        };
    sessions
        .withStatelessSession(work)
        .subscribe()
        .with(
            result -> {
              ended.run();
              if (isAnswered.compareAndSet(false, true)) {
                caller.complete(result);
              }
            },
            failure -> {
              ended.run();
              if (isAnswered.compareAndSet(false, true)) {
                caller.fail(failure);
              }
            });
  }

  /** Hibernate Reactive keeps its session in the context, so it wants one that nobody shares. */
  private void onSafeContext(Runnable work) {
    Context context = VertxContext.createNewDuplicatedContext(vertx.getOrCreateContext());
    VertxContextSafetyToggle.setContextSafe(context, true);
    context.runOnContext(started -> work.run());
  }
}
