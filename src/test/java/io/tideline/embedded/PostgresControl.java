package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What befalls an embedded PostgreSQL from outside: crashes and outages, as tests need them.
 *
 * @param directory the one that the server was started on, by this JVM or another
 */
public record PostgresControl(Path directory) {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /** Crashes the server as a power cut would; its launcher brings it back on the same port. */
  public void crash() throws IOException {
    pgCtl(running().orElseThrow(() -> new IOException("no server runs on " + directory)));
  }

  /** Takes the database away until {@link #giveBack}. */
  public void takeAway() throws IOException {
    Files.writeString(directory.resolve(EmbeddedPostgres.HOLD), "");
    crash();
  }

  public void giveBack() throws IOException {
    Files.deleteIfExists(directory.resolve(EmbeddedPostgres.HOLD));
  }

  /** Has the server run with these settings instead of the launcher's, until {@link #giveBack}. */
  public void restartWith(String... settings) throws IOException {
    Postmaster running = running().orElseThrow();
    String postgres = running.process().info().command().orElseThrow();
    takeAway();
    List<String> words = new ArrayList<>(Unprivileged.choose(directory, cluster()).prefix());
    words.addAll(List.of(postgres, "-D", cluster().toString()));
    words.addAll(List.of("-c", "port=" + running.port(), "-c", "unix_socket_directories="));
    List.of(settings).forEach(setting -> words.addAll(List.of("-c", setting)));
    Process started =
        Subprocess.builder(words)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("restarted.log").toFile())
            .start();
    try {
      if (!new Postmaster(started.toHandle(), running.port()).awaitReady(cluster(), TIMEOUT)) {
        throw new IOException(words + " isn't ready");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  /** Sets what the server's own role may not; it holds from the next start on. */
  public void set(String parameter, String value) throws IOException {
    Files.writeString(
        cluster().resolve("postgresql.auto.conf"),
        parameter + " = " + value + "\n",
        StandardOpenOption.APPEND);
  }

  /** Leaves nothing of a server whose launcher is gone, neither processes nor data. */
  public void discard() throws IOException {
    Optional<Postmaster> running = running();
    if (running.isPresent()) {
      pgCtl(running.get());
    }
    Directories.delete(directory);
  }

  private void pgCtl(Postmaster postmaster) throws IOException {
    Path postgres = Path.of(postmaster.process().info().command().orElseThrow());
    // Without waiting: the launcher may be so quick that pg_ctl never sees the server gone.
    List<String> stop =
        List.of(
            postgres.resolveSibling("pg_ctl").toString(),
            "stop",
            "--pgdata=" + cluster(),
            "--mode=immediate",
            "--no-wait");
    Subprocess.Outcome outcome = Unprivileged.choose(directory, cluster()).run(stop, TIMEOUT);
    if (!outcome.succeeded()) {
      throw new IOException(stop + ": " + outcome.output());
    }
    try {
      postmaster.process().onExit().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new IOException("PostgreSQL doesn't stop", e);
    }
  }

  private Optional<Postmaster> running() throws IOException {
    return Files.exists(directory) ? Postmaster.runningOn(cluster()) : Optional.empty();
  }

  private Path cluster() throws IOException {
    return directory.toRealPath().resolve("cluster");
  }
}
