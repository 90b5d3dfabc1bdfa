package io.tideline.postgres;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Tells the database that this node lives, and knows how many others do. Of a lease that wasn't
 * renewed in time whoever relies on it is told; it lives on unless another node has begun to remove
 * what was kept under it: then this one takes a new one. Any thread.
 */
public final class NodeLease {
  private static final Logger LOG = Logger.getLogger(NodeLease.class);
  private static final String RENEW =
      """
      select lease, others, had_ended
      from tideline.renew_node(
        :lease, :node, cast(cast(:term as text) as interval), cast(cast(:info as text) as jsonb))
      """;
  private static final String LEAVE =
      "select 1 from tideline.leave_lease(:lease, cast(cast(:grace as text) as interval))";
  private static final int RENEWALS_A_TERM = 3;
  private static final Duration AGAIN_MAX = Duration.ofSeconds(1);
  private static final long NO_TIMER = -1;

  private final Database database;
  private final String node;
  private final Duration term;
  private volatile Runnable lapsed = () -> {};
  private volatile Supplier<String> info = () -> "{}";
  private volatile long lease;
  private volatile long others;
  private volatile boolean isStopped;
  private boolean isRenewing;
  private long timer = NO_TIMER;

  NodeLease(Database database, String node, Duration term) {
    this.database = database;
    this.node = node;
    this.term = term;
  }

  /**
   * Begins to renew it.
   *
   * @param whenLapsed called after each time that the lease had ended, when it counts again or a
   *     new one was taken; on any thread
   */
  public void start(Runnable whenLapsed) {
    lapsed = Objects.requireNonNull(whenLapsed);
    next(Duration.ZERO);
  }

  /**
   * Tells with each renewal how this node is.
   *
   * @param json gives a JSON object, on any thread
   */
  public void describe(Supplier<String> json) {
    info = Objects.requireNonNull(json);
  }

  /** The other nodes that were alive at the last renewal, some seconds ago at most. */
  public long others() {
    return others;
  }

  /** The one that is held as far as is known here; 0 before the first. */
  public long current() {
    return lease;
  }

  /** For how long each renewal counts. */
  public Duration term() {
    return term;
  }

  /**
   * Ends it, and tells the database so if it can be reached.
   *
   * @param grace how long members of this node still count
   */
  public void stop(Duration grace) {
    synchronized (this) {
      isStopped = true;
      database.cancel(timer);
    }
    database
        .session(
            session ->
                session
                    .createNativeQuery(LEAVE, Integer.class)
                    .setParameter("lease", lease)
                    .setParameter("grace", interval(grace))
                    .getSingleResult())
        .subscribe()
        .with(left -> {}, failure -> LOG.debugf(failure, "The lease runs out by itself"));
  }

  /** Renews it now: it may have ended, or this node has changed. */
  public void renew() {
    synchronized (this) {
      if (isRenewing || isStopped) {
        return;
      }
      isRenewing = true;
      database.cancel(timer);
    }
    database
        .session(
            session ->
                session
                    .createNativeQuery(RENEW, Object[].class)
                    .setParameter("lease", lease)
                    .setParameter("node", node)
                    .setParameter("term", interval(term))
                    .setParameter("info", info.get())
                    .getSingleResult())
        .subscribe()
        .with(row -> renewed((Long) row[0], (Long) row[1], (Boolean) row[2]), this::failed);
  }

  private void renewed(long now, long alive, boolean hadEnded) {
    others = alive;
    lease = now;
    next(third());
    if (hadEnded) {
      LOG.warnf(
          "The lease of node %s has ended: it was not renewed for %s s, or the database lost its"
              + " unlogged tables in a crash. Presence is written again.",
          node, term.toSeconds());
      lapsed.run();
    }
  }

  private void failed(Throwable failure) {
    LOG.debugf(failure, "The lease could not be renewed");
    next(again());
  }

  /** There is one timer, whoever renews, so that an outage is not the beginning of many. */
  private synchronized void next(Duration delay) {
    isRenewing = false;
    database.cancel(timer);
    if (!isStopped) {
      timer = database.after(delay, this::renew);
    }
  }

  private Duration third() {
    return term.dividedBy(RENEWALS_A_TERM);
  }

  /** Some of the time at random, as all nodes lost the database at once. */
  private Duration again() {
    Duration most = third().compareTo(AGAIN_MAX) < 0 ? third() : AGAIN_MAX;
    return Duration.ofMillis(
        ThreadLocalRandom.current().nextLong(most.toMillis() / 2, most.toMillis() + 1));
  }

  /** As PostgreSQL writes it. */
  static String interval(Duration duration) {
    return duration.toMillis() + " milliseconds";
  }
}
