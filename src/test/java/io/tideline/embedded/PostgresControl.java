package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

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
    List<String> stop =
        List.of(
            postgres.resolveSibling("pg_ctl").toString(),
            "stop",
            "--pgdata=" + cluster(),
            "--mode=immediate");
    Command.Outcome outcome = Unprivileged.choose(directory, cluster()).run(stop, TIMEOUT);
    if (!outcome.succeeded()) {
      throw new IOException(stop + ": " + outcome.output());
    }
  }

  private Optional<Postmaster> running() throws IOException {
    return Files.exists(directory) ? Postmaster.runningOn(cluster()) : Optional.empty();
  }

  private Path cluster() throws IOException {
    return directory.toRealPath().resolve("cluster");
  }
}
