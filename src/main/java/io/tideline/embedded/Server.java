package io.tideline.embedded;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Starts and stops server processes on a cluster. */
record Server(Cluster cluster, ServerLog log) {
  /** Long enough to replay all WAL that may have gathered ({@code max_wal_size}) on a slow disk. */
  private static final Duration START_TIMEOUT = Duration.ofMinutes(10);

  private static final Duration FAST_STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration IMMEDIATE_STOP_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration SIGNAL_TIMEOUT = Duration.ofSeconds(10);

  /** Starts one and waits until it takes connections. */
  Postmaster start(int port) throws IOException, InterruptedException {
    long logStart = log.size();
    Postmaster started = new Postmaster(launch(port).toHandle(), port);
    try {
      if (started.awaitReady(cluster.directory(), START_TIMEOUT)) {
        return started;
      }
    } catch (InterruptedException nobodyWaits) {
      // It has no clients yet, so the gentlest signal ends it.
      started.process().destroy();
      throw nobodyWaits;
    }
    String state =
        started.isAlive()
            ? "isn't ready after " + START_TIMEOUT.toMinutes() + " minutes"
            : "ended at start";
    throw new EmbeddedPostgresException(
        "PostgreSQL "
            + state
            + " on 127.0.0.1:"
            + port
            + ". Its log, "
            + log.path()
            + ", ends with:\n"
            + log.tailSince(logStart));
  }

  /** Attaches to the one that runs, if it is of our version, and stops it otherwise. */
  Optional<Postmaster> attach() throws IOException, InterruptedException {
    Optional<Postmaster> running = Postmaster.runningOn(cluster.directory());
    if (running.isEmpty()) {
      return running;
    }
    Postmaster postmaster = running.get();
    if (postmaster.runs(cluster.binaries().postgres())
        && postmaster.awaitReady(cluster.directory(), START_TIMEOUT)) {
      return running;
    }
    stop(postmaster);
    return Optional.empty();
  }

  /**
   * The server on exactly that port: the one that somebody else has started meanwhile, or a new
   * one.
   */
  Postmaster resume(int port) throws IOException, InterruptedException {
    Optional<Postmaster> running = attach();
    if (running.isPresent() && running.get().port() == port) {
      return running.get();
    }
    if (running.isPresent()) {
      stop(running.get());
    }
    return start(port);
  }

  /** Asks politely, then firmly; false if it still runs. */
  boolean stop(Postmaster postmaster) throws InterruptedException {
    signal(postmaster, "INT");
    if (postmaster.awaitEnd(FAST_STOP_TIMEOUT)) {
      return true;
    }
    signal(postmaster, "QUIT");
    return postmaster.awaitEnd(IMMEDIATE_STOP_TIMEOUT);
  }

  void stopIfRunning() throws IOException, InterruptedException {
    Optional<Postmaster> running = Postmaster.runningOn(cluster.directory());
    if (running.isPresent()) {
      stop(running.get());
    }
  }

  private void signal(Postmaster postmaster, String name) {
    String pid = Long.toString(postmaster.process().pid());
    cluster
        .user()
        .run(List.of(cluster.binaries().pgCtl().toString(), "kill", name, pid), SIGNAL_TIMEOUT);
  }

  private Process launch(int port) throws IOException {
    List<String> words = new ArrayList<>();
    // A session of its own: Ctrl-C in the terminal is for us, who then stop the server last.
    Subprocess.find("setsid").map(Path::toString).ifPresent(words::add);
    words.addAll(cluster.user().prefix());
    words.addAll(
        List.of(cluster.binaries().postgres().toString(), "-D", cluster.directory().toString()));
    settings(port).forEach(setting -> words.addAll(List.of("-c", setting)));
    ProcessBuilder builder = Subprocess.builder(words);
    stalePid()
        .ifPresent(pid -> builder.environment().put("PG_GRANDPARENT_PID", Long.toString(pid)));
    return builder
        .redirectInput(new File("/dev/null"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.file()))
        .start();
  }

  /** On the command line, where neither an edited file nor ALTER SYSTEM can undo them. */
  private static List<String> settings(int port) {
    return List.of(
        "listen_addresses=127.0.0.1",
        "port=" + port,
        "unix_socket_directories=",
        "fsync=on",
        "full_page_writes=on",
        "synchronous_commit=on",
        "logging_collector=off",
        "log_destination=stderr");
  }

  /**
   * The process id that a crashed server left in the cluster. PostgreSQL doesn't start while any
   * process of our user has it (after a reboot, or where it stays as a zombie), unless told that it
   * is a mere ancestor; it still checks by shared memory that the old server's children are gone.
   */
  private Optional<Long> stalePid() throws IOException {
    if (Postmaster.runningOn(cluster.directory()).isPresent()) {
      return Optional.empty();
    }
    return PostmasterFile.read(cluster.directory()).map(PostmasterFile::pid);
  }
}
