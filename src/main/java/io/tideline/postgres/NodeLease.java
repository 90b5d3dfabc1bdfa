package io.tideline.postgres;

import java.time.Duration;
import org.jboss.logging.Logger;

/** Tells the database that this node lives, and knows how many others do. */
public final class NodeLease {
  private static final Logger LOG = Logger.getLogger(NodeLease.class);
  private static final String BEAT =
      "select tideline.beat(:node, make_interval(secs => cast(:lease as bigint)))";
  private static final String LEAVE = "delete from tideline.node where id = :node";
  private static final Duration BEAT_INTERVAL = Duration.ofSeconds(5);
  private static final Duration LEASE = Duration.ofSeconds(15);

  private final Database database;
  private final String node;
  private volatile long others;
  private volatile boolean isStopped;

  NodeLease(Database database, String node) {
    this.database = database;
    this.node = node;
  }

  public void start() {
    beat();
  }

  /** The other nodes that were alive at the last beat, some seconds ago at most. */
  public long others() {
    return others;
  }

  /** Ends it, and tells the database so if it can be reached. */
  public void stop() {
    isStopped = true;
    database
        .session(
            session -> session.createNativeQuery(LEAVE).setParameter("node", node).executeUpdate())
        .subscribe()
        .with(left -> {}, failure -> LOG.debugf(failure, "The lease runs out by itself"));
  }

  private void beat() {
    if (isStopped) {
      return;
    }
    database
        .session(
            session ->
                session
                    .createNativeQuery(BEAT, Long.class)
                    .setParameter("node", node)
                    .setParameter("lease", LEASE.toSeconds())
                    .getSingleResult())
        .subscribe()
        .with(
            alive -> {
              others = alive;
              database.after(BEAT_INTERVAL, this::beat);
            },
            failure -> database.after(BEAT_INTERVAL, this::beat));
  }
}
