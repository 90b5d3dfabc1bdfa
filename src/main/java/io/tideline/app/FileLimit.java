package io.tideline.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jboss.logging.Logger;

/** How many files the process may have open, of which each connection is one. */
final class FileLimit {
  /** What the node has open beside live connections: the database, its own files, requests. */
  static final int RESERVED = 512;

  private static final int FIRST_RUN_CONNECTIONS = 1000;

  private static final Logger LOG = Logger.getLogger(FileLimit.class);
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final String NAME = "Max open files";

  private FileLimit() {}

  /**
   * Warns where the system would refuse connections that the settings allow; in the first run, on a
   * machine of one's own, only of a limit that one may meet there.
   */
  static void warnIfBelow(int connectionsMax, boolean isFirstRun) {
    int wanted = isFirstRun ? Math.min(connectionsMax, FIRST_RUN_CONNECTIONS) : connectionsMax;
    OptionalLong limit = read();
    if (limit.isPresent()) {
      problem(limit.getAsLong(), wanted).ifPresent(LOG::warn);
    }
  }

  /** Empty where the system doesn't tell, as anywhere but on Linux. */
  static OptionalLong read() {
    try {
      return ofLimits(Files.readAllLines(LIMITS));
    } catch (IOException notLinux) {
      return OptionalLong.empty();
    }
  }

  /** The soft limit in what {@code /proc/self/limits} says; empty if there is none. */
  static OptionalLong ofLimits(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(NAME))
        .map(line -> line.substring(NAME.length()).strip().split(" +")[0])
        .filter(soft -> !soft.equals("unlimited"))
        .mapToLong(Long::parseLong)
        .findFirst();
  }

  static Optional<String> problem(long limit, int connectionsMax) {
    long needed = (long) connectionsMax + RESERVED;
    if (limit >= needed) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "This process may have %d files open, but tideline.limits.connections (%d) needs %d: connections beyond about %d will fail. What to do: raise the limit (ulimit -n %d, LimitNOFILE=%d in a systemd unit), or lower tideline.limits.connections.",
            limit,
            connectionsMax,
            needed,
            Math.max(0, limit - RESERVED),
            needed,
            needed));
  }
}
