package io.tideline.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The way in which PostgreSQL's programs run without being root, which they refuse.
 *
 * <p>Root in a fresh user namespace has no privileges and reads its own id as "nobody", which
 * satisfies PostgreSQL; all files stay root's. Where namespaces are refused (the default in
 * Docker), the programs run as another user, who then owns the cluster.
 */
sealed interface Unprivileged {
  int ROOT = 0;

  /** The user that Linux calls "nobody", without a right of its own to anything. */
  int NOBODY = 65534;

  Duration PROBE_TIMEOUT = Duration.ofSeconds(10);

  /** What goes before a command line. */
  List<String> prefix();

  /** Lets these programs own what was created so far. */
  void own(Path directory) throws IOException;

  default Subprocess.Outcome run(List<String> words, Duration timeout) {
    return new Subprocess(words, timeout).after(prefix()).run();
  }

  /** We aren't root: nothing to give up. */
  record Ourselves() implements Unprivileged {
    @Override
    public List<String> prefix() {
      return List.of();
    }

    @Override
    public void own(Path directory) {}
  }

  /** Root in a user namespace of its own. */
  record Namespace(Path unshare) implements Unprivileged {
    @Override
    public List<String> prefix() {
      return List.of(unshare.toString(), "--user");
    }

    @Override
    public void own(Path directory) {}
  }

  /** Another user. */
  record Other(Path setpriv, int uid) implements Unprivileged {
    @Override
    public List<String> prefix() {
      return List.of(setpriv.toString(), "--reuid=" + uid, "--regid=" + uid, "--clear-groups");
    }

    @Override
    public void own(Path directory) throws IOException {
      if (Directories.owner(directory) != uid) {
        Directories.give(directory, uid, uid);
      }
    }
  }

  /**
   * The way that works here.
   *
   * @param directory one that we may write to; who owns a file made there is who we are
   * @param cluster the cluster, which may not exist yet; if another user owns it, that user goes on
   */
  static Unprivileged choose(Path directory, Path cluster) throws IOException {
    if (ourUid(directory) != ROOT) {
      return new Ourselves();
    }
    int clusterOwner = Files.exists(cluster) ? Directories.owner(cluster) : ROOT;
    List<Unprivileged> ways = new ArrayList<>();
    if (clusterOwner == ROOT) {
      Subprocess.find("unshare").map(Namespace::new).ifPresent(ways::add);
    }
    int other = clusterOwner == ROOT ? NOBODY : clusterOwner;
    Subprocess.find("setpriv").map(setpriv -> new Other(setpriv, other)).ifPresent(ways::add);
    return firstThatReaches(directory, ways)
        .orElseThrow(
            () ->
                new EmbeddedPostgresException(
                    "PostgreSQL refuses to run as root, and neither 'unshare --user' nor 'setpriv' (util-linux) can"
                        + " run it otherwise in "
                        + directory.toAbsolutePath()
                        + ". What to do: start Tideline as an ordinary user, install util-linux, or choose a"
                        + " tideline.data-dir that every user may pass through."));
  }

  private static Optional<Unprivileged> firstThatReaches(Path directory, List<Unprivileged> ways) {
    return ways.stream()
        .filter(way -> way.run(List.of("ls", directory.toString()), PROBE_TIMEOUT).succeeded())
        .findFirst();
  }

  private static int ourUid(Path directory) throws IOException {
    Path probe = Files.createTempFile(directory, "owner", ".probe");
    try {
      return Directories.owner(probe);
    } finally {
      Files.delete(probe);
    }
  }
}
