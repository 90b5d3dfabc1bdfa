package io.tideline.embedded;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;

/**
 * A running PostgreSQL of our own, durable in its directory.
 *
 * <p>While this object is open the server is kept running: if it dies it is started again on the
 * same port, so that connection pools find it where it was. If the JVM is killed the server goes
 * on, and the next {@link #start} on the directory attaches to it. While a file named {@value
 * #HOLD} stands in the directory, a server that ends is left down, for maintenance; it is started
 * when the file is gone.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  /** The name of the file that keeps a server that ended from being started again. */
  public static final String HOLD = "hold";

  private static final Logger LOG = System.getLogger(EmbeddedPostgres.class.getName());
  private static final int PASSWORD_BYTES = 24;

  private final LauncherLock lock;
  private final Supervisor supervisor;
  private final Address address;

  private EmbeddedPostgres(LauncherLock lock, Supervisor supervisor, Address address) {
    this.lock = lock;
    this.supervisor = supervisor;
    this.address = address;
  }

  /** Where and as whom to connect. */
  public record Address(String host, int port, String database, String user, String password) {
    public Address {
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(database, "database");
      Objects.requireNonNull(user, "user");
      Objects.requireNonNull(password, "password");
    }

    public String reactiveUrl() {
      return "postgresql://" + host + ":" + port + "/" + database;
    }

    public String jdbcUrl() {
      return "jdbc:" + reactiveUrl();
    }

    /** Without the password, which would end up in logs. */
    @Override
    public String toString() {
      return user + " at " + reactiveUrl();
    }
  }

  /** Starts it, or attaches to it, with everything below {@code directory}. */
  public static EmbeddedPostgres start(Path directory) {
    return start(directory, directory.resolve("binaries"));
  }

  /**
   * Starts it, or attaches to it, and returns when it takes connections.
   *
   * @param directory holds the cluster, the password, the port and the log; created if need be
   * @param binaries where the binaries are unpacked once; may be shared by several directories
   * @throws EmbeddedPostgresException if it can't serve: no binaries, no rights, no port, another
   *     launcher at work
   */
  public static EmbeddedPostgres start(Path directory, Path binaries) {
    try {
      Files.createDirectories(directory);
      Path real = directory.toRealPath();
      // The server may run as another user than ours, who has to pass through; the cluster itself
      // is 0700.
      Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rwxr-xr-x"));
      LauncherLock lock = LauncherLock.take(real);
      try {
        return startLocked(lock, real, binaries.toAbsolutePath());
      } catch (IOException | InterruptedException | RuntimeException notStarted) {
        lock.close();
        throw notStarted;
      }
    } catch (IOException failed) {
      throw new EmbeddedPostgresException(
          "The embedded PostgreSQL can't use "
              + directory.toAbsolutePath()
              + ": "
              + failed
              + ". What to do: make it a directory that Tideline may write to, or choose another tideline.data-dir.",
          failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new EmbeddedPostgresException("Interrupted while starting PostgreSQL", interrupted);
    }
  }

  private static EmbeddedPostgres startLocked(LauncherLock lock, Path directory, Path unpackInto)
      throws IOException, InterruptedException {
    Path data = directory.resolve("cluster");
    Unprivileged user = Unprivileged.choose(directory, data);
    Binaries binaries = Binaries.find(unpackInto, user, Cluster.major(data));
    Cluster cluster = new Cluster(data, binaries, user);
    Server server = new Server(cluster, new ServerLog(directory.resolve("server.log")));
    String password = agreeOnPassword(new PrivateFile(directory.resolve("password")), server);
    Optional<Postmaster> running = server.attach();
    Postmaster postmaster =
        running.isPresent()
            ? running.get()
            : startCold(server, new LoopbackPort(directory.resolve("port")));
    LOG.log(
        Level.INFO,
        "PostgreSQL {0} {1} on 127.0.0.1:{2}, data in {3}",
        binaries.major(),
        running.isPresent() ? "was still running" : "runs",
        Integer.toString(postmaster.port()),
        directory);
    Address address =
        new Address("127.0.0.1", postmaster.port(), Cluster.DATABASE, Cluster.ROLE, password);
    Supervisor supervisor = Supervisor.supervise(server, directory.resolve(HOLD), postmaster);
    return new EmbeddedPostgres(lock, supervisor, address);
  }

  /** Leaves a cluster that exists, a password file, and the one opening the other. */
  private static String agreeOnPassword(PrivateFile file, Server server)
      throws IOException, InterruptedException {
    Optional<String> known = file.read();
    String password = known.orElseGet(EmbeddedPostgres::newPassword);
    Cluster cluster = server.cluster();
    if (!cluster.exists()) {
      // First the file: a cluster whose password nobody knows would be of no use after a kill in
      // between.
      file.write(password);
      LOG.log(
          Level.INFO,
          "Creating a PostgreSQL {0} cluster in {1}",
          cluster.binaries().major(),
          cluster.directory());
      cluster.create(password);
    } else if (known.isEmpty()) {
      LOG.log(Level.WARNING, "{0} is missing: giving PostgreSQL a new password", file.path());
      server.stopIfRunning();
      cluster.changePassword(password);
      file.write(password);
    }
    return password;
  }

  private static Postmaster startCold(Server server, LoopbackPort port)
      throws IOException, InterruptedException {
    server.cluster().own();
    return server.start(port.choose());
  }

  public Address address() {
    return address;
  }

  /** Stops the server and lets the directory go; waits for at most some forty seconds. */
  @Override
  public void close() {
    try {
      supervisor.stop();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } finally {
      release();
    }
  }

  private void release() {
    try {
      lock.close();
    } catch (IOException unlikely) {
      LOG.log(Level.WARNING, "The lock on the directory of PostgreSQL wasn''t released", unlikely);
    }
  }

  private static String newPassword() {
    byte[] bytes = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
