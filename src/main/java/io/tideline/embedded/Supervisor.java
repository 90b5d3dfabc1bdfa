package io.tideline.embedded;

import io.tideline.limit.Backoff;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Keeps one server running on one port until it is closed.
 *
 * <p>The thread owns the current postmaster from {@link #supervise} until {@link #stop} has joined
 * it.
 */
final class Supervisor {
  private static final Logger LOG = System.getLogger(Supervisor.class.getName());

  private static final Duration CHECK_EVERY = Duration.ofMillis(200);
  private static final Duration RETRY_FIRST = Duration.ofMillis(200);
  private static final Duration RETRY_MAX = Duration.ofSeconds(10);

  private final Server server;
  private final Path hold;
  private final Thread thread = new Thread(this::run, "tideline-postgres-supervisor");

  private Postmaster postmaster;

  private Supervisor(Server server, Path hold, Postmaster postmaster) {
    this.server = server;
    this.hold = hold;
    this.postmaster = postmaster;
  }

  static Supervisor supervise(Server server, Path hold, Postmaster postmaster) {
    Supervisor supervisor = new Supervisor(server, hold, postmaster);
    supervisor.thread.setDaemon(true);
    supervisor.thread.start();
    return supervisor;
  }

  /** Ends the supervision, then the server. */
  void stop() throws InterruptedException {
    thread.interrupt();
    thread.join();
    if (postmaster.isAlive() && !server.stop(postmaster)) {
      LOG.log(
          Level.WARNING,
          "PostgreSQL (process {0}) didn''t stop in time and keeps running; the next start uses it",
          Long.toString(postmaster.process().pid()));
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(CHECK_EVERY.toMillis());
        boundLog();
        if (!postmaster.isAlive() && !Files.exists(hold)) {
          LOG.log(
              Level.WARNING,
              "PostgreSQL ended; starting it again on port {0}",
              Integer.toString(postmaster.port()));
          restart();
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Until it runs: the disk may be full only for now, and children of the dead server need a moment
   * to go.
   */
  private void restart() throws InterruptedException {
    Backoff backoff = Backoff.exactly(RETRY_FIRST, RETRY_MAX);
    while (true) {
      long pauseMillis = backoff.next().toMillis();
      try {
        postmaster = server.resume(postmaster.port());
        LOG.log(Level.INFO, "PostgreSQL is back on port {0}", Integer.toString(postmaster.port()));
        return;
      } catch (EmbeddedPostgresException | IOException failed) {
        LOG.log(
            Level.WARNING,
            "PostgreSQL didn''t start, trying again in " + pauseMillis + " ms",
            failed);
      }
      Thread.sleep(pauseMillis);
    }
  }

  private void boundLog() {
    try {
      server.log().bound();
    } catch (IOException failed) {
      LOG.log(Level.WARNING, "The log of PostgreSQL can''t be truncated", failed);
    }
  }
}
