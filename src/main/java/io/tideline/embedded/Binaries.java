package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A directory with {@code postgres}, {@code initdb} and {@code pg_ctl} of one version. */
record Binaries(Path directory, int major) {
  /** Older ones lack what the schema uses. */
  private static final int MAJOR_MIN = 14;

  private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(20);
  private static final Pattern VERSION = Pattern.compile("\\(PostgreSQL\\) (\\d+)");

  Path postgres() {
    return directory.resolve("postgres");
  }

  Path initdb() {
    return directory.resolve("initdb");
  }

  Path pgCtl() {
    return directory.resolve("pg_ctl");
  }

  /**
   * The first that runs here as that user and fits the cluster, if there is one yet: those we
   * brought, then those installed.
   *
   * @param unpackInto where the ones we brought are unpacked to
   */
  static Binaries find(Path unpackInto, Unprivileged user, OptionalInt clusterMajor) {
    Platform platform = Platform.current();
    if (platform.isWindows()) {
      throw new EmbeddedPostgresException(
          "The embedded PostgreSQL runs on Linux and macOS only. On Windows, set quarkus.datasource.reactive.url (and"
              + " jdbc.url) to a PostgreSQL of your own, or run Tideline in WSL.");
    }
    List<String> rejected = new ArrayList<>();
    for (Path candidate : candidates(platform, unpackInto, rejected)) {
      Optional<Binaries> usable = inspect(candidate, user, clusterMajor, rejected);
      if (usable.isPresent()) {
        return usable.get();
      }
    }
    throw new EmbeddedPostgresException(
        "No PostgreSQL binaries that run here ("
            + platform
            + ")"
            + (rejected.isEmpty()
                ? ": none on the class path, none installed"
                : ":\n  " + String.join("\n  ", rejected))
            + "\nWhat to do: install PostgreSQL "
            + (clusterMajor.isPresent() ? clusterMajor.getAsInt() : MAJOR_MIN + " or newer")
            + " (its initdb on the PATH is enough), or set quarkus.datasource.reactive.url to a PostgreSQL of your own.");
  }

  private static List<Path> candidates(Platform platform, Path unpackInto, List<String> rejected) {
    List<Path> candidates = new ArrayList<>();
    Archive.on(platform)
        .ifPresent(
            archive -> {
              try {
                candidates.add(archive.unpackInto(unpackInto).resolve("bin"));
              } catch (IOException notUnpacked) {
                rejected.add(
                    archive.resource()
                        + ": can't be unpacked into "
                        + unpackInto
                        + ": "
                        + notUnpacked);
              }
            });
    Subprocess.find("initdb").ifPresent(initdb -> candidates.add(realParent(initdb)));
    candidates.addAll(installedUnder(Path.of("/usr/lib/postgresql"), "bin"));
    candidates.addAll(installedUnder(Path.of("/opt/homebrew/opt"), "bin"));
    return candidates;
  }

  /**
   * Distributions link {@code initdb} into the PATH but leave {@code postgres} beside the original.
   */
  private static Path realParent(Path program) {
    try {
      return program.toRealPath().getParent();
    } catch (IOException vanished) {
      return program.getParent();
    }
  }

  private static List<Path> installedUnder(Path root, String bin) {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (var versions = Files.list(root)) {
      return versions
          .map(version -> version.resolve(bin))
          .filter(directory -> Files.isExecutable(directory.resolve("initdb")))
          .sorted(Comparator.reverseOrder())
          .toList();
    } catch (IOException unreadable) {
      return List.of();
    }
  }

  private static Optional<Binaries> inspect(
      Path directory, Unprivileged user, OptionalInt clusterMajor, List<String> rejected) {
    Path postgres = directory.resolve("postgres");
    Subprocess.Outcome version =
        user.run(List.of(postgres.toString(), "--version"), VERSION_TIMEOUT);
    Matcher matcher = VERSION.matcher(version.output());
    if (!version.succeeded() || !matcher.find()) {
      rejected.add(postgres + ": " + version.output());
      return Optional.empty();
    }
    int major = Integer.parseInt(matcher.group(1));
    if (major < MAJOR_MIN) {
      rejected.add(postgres + ": version " + major + " is older than " + MAJOR_MIN);
      return Optional.empty();
    }
    if (clusterMajor.isPresent() && clusterMajor.getAsInt() != major) {
      rejected.add(
          postgres
              + ": version "
              + major
              + ", but the data was written by "
              + clusterMajor.getAsInt()
              + " (move it with pg_upgrade, or with pg_dump and restore)");
      return Optional.empty();
    }
    return Optional.of(new Binaries(directory, major));
  }
}
