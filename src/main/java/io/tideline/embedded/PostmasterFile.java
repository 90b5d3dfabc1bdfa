package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a server writes about itself into its cluster ({@code postmaster.pid}). It outlives a crash,
 * so the process id may belong to nobody or to a stranger.
 */
record PostmasterFile(long pid, int port, boolean ready) {
  private static final int PID_LINE = 0;
  private static final int PORT_LINE = 3;
  private static final int STATUS_LINE = 7;

  /** Empty if there is none, or if it is being written just now. */
  static Optional<PostmasterFile> read(Path cluster) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(cluster.resolve("postmaster.pid"));
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
    if (lines.size() <= PORT_LINE) {
      return Optional.empty();
    }
    try {
      long pid = Long.parseLong(lines.get(PID_LINE).strip());
      int port = Integer.parseInt(lines.get(PORT_LINE).strip());
      boolean ready = lines.size() > STATUS_LINE && lines.get(STATUS_LINE).strip().equals("ready");
      return Optional.of(new PostmasterFile(pid, port, ready));
    } catch (NumberFormatException halfWritten) {
      return Optional.empty();
    }
  }
}
