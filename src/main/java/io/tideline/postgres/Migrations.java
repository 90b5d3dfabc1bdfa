package io.tideline.postgres;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jboss.logging.Logger;

/**
 * Brings the schema up to date in the background, again and again until it succeeds: so a node
 * starts although the database is away, and is ready when this is done. On a thread of its own, as
 * Flyway blocks.
 */
public final class Migrations implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Migrations.class);

  private final Flyway flyway;
  private final Runnable discardConnections;
  private final Duration pause;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile String problem = "not tried yet";

  /**
   * Makes migrations that have not begun.
   *
   * @param discardConnections closes those that Flyway had, which forgets some of them where the
   *     server dies while it is asked: the pool would be empty for good. Run after a failed attempt
   * @param pause between two attempts
   */
  public Migrations(Flyway flyway, Runnable discardConnections, Duration pause) {
    this.flyway = flyway;
    this.discardConnections = discardConnections;
    this.pause = pause;
  }

  public void start() {
    Thread thread = new Thread(this::run, "tideline-migrations");
    thread.setDaemon(true);
    thread.start();
  }

  /** Completes when the schema is up to date; never fails. */
  public CompletionStage<Void> done() {
    return done.minimalCompletionStage();
  }

  public boolean isDone() {
    return done.isDone();
  }

  /** Why the last attempt failed, for whoever asks whether the node is ready. */
  public String problem() {
    return problem;
  }

  @Override
  public void close() {
    closed.countDown();
  }

  private void run() {
    try {
      while (!isMigrated()) {
        if (closed.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      }
      done.complete(null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isMigrated() {
    try {
      flyway.migrate();
      return true;
    } catch (RuntimeException failure) {
      String reason = firstLine(failure);
      if (!reason.equals(problem)) {
        LOG.warnf("The schema can't be migrated, trying again: %s", reason);
        problem = reason;
      }
      discardConnections.run();
      return false;
    }
  }

  private static String firstLine(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("unknown");
  }
}
