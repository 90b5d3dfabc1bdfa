package io.tideline.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A program that is not part of the project and that some tests need. Such tests are marked with
 * {@link Needs}; {@code .ci/run} installs all of these programs.
 */
public enum Program {
  BASH("bash", "bash"),
  CHROMIUM("Chromium", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"),
  CURL("curl", "curl"),
  FAKETIME("faketime") {
    /** The library, where Debian and Ubuntu have it: it is loaded into a JVM. */
    @Override
    Optional<Path> locate() {
      return inAFolderOf(Path.of("/usr/lib"), "faketime/libfaketimeMT.so.1");
    }
  },
  GO("Go", "go"),
  HAPROXY("HAProxy", "haproxy"),
  NATS("NATS", "nats-server"),
  NGINX("nginx", "nginx"),
  NODE("Node " + Program.NODE_MIN, "node") {
    /** An older one can't run the tests of the JavaScript client. */
    @Override
    Optional<Path> locate() {
      return super.locate().filter(node -> majorVersion(node) >= NODE_MIN);
    }
  },
  NPM("npm", "npm"),
  OPENSSL("OpenSSL", "openssl"),
  PGBOUNCER("PgBouncer", "pgbouncer"),
  PSQL("psql", "psql"),
  PYTHON("Python", "python3"),
  RABBITMQ("RabbitMQ", "rabbitmq-server") {
    /** Debian's command on the path is for root and its own user; it calls this one. */
    @Override
    Optional<Path> locate() {
      return Optional.of(Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server"))
          .filter(Files::isExecutable)
          .or(super::locate);
    }
  },
  REDIS("Redis", "redis-server");

  private static final int NODE_MIN = 20;
  private static final Pattern MAJOR_VERSION = Pattern.compile("v(\\d+)\\.");

  /** Debian keeps servers here, which is on the path of root alone. */
  private static final Path SERVERS = Path.of("/usr/sbin");

  private final String label;
  private final List<String> commands;

  Program(String label, String... commands) {
    this.label = label;
    this.commands = List.of(commands);
  }

  /** The name by which people know it. */
  public String label() {
    return label;
  }

  public boolean isInstalled() {
    return locate().isPresent();
  }

  /**
   * The file that is run.
   *
   * @throws NoSuchElementException if it isn't installed
   */
  public Path path() {
    return locate()
        .orElseThrow(
            () -> new NoSuchElementException(label + " isn't installed; .ci/run installs it"));
  }

  Optional<Path> locate() {
    return directories()
        .flatMap(directory -> commands.stream().map(directory::resolve))
        .filter(Files::isRegularFile)
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Stream<Path> directories() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(
        Arrays.stream(path.split(Pattern.quote(File.pathSeparator), -1))
            .filter(directory -> !directory.isEmpty())
            .map(Path::of),
        Stream.of(SERVERS));
  }

  private static Optional<Path> inAFolderOf(Path parent, String file) {
    try (Stream<Path> folders = Files.list(parent)) {
      return folders.map(folder -> folder.resolve(file)).filter(Files::exists).findFirst();
    } catch (IOException notThere) {
      return Optional.empty();
    }
  }

  /** What it says of its version, or 0 if it doesn't run. */
  private static int majorVersion(Path node) {
    try {
      Process process = new ProcessBuilder(node.toString(), "--version").start();
      String version = new String(process.getInputStream().readAllBytes(), UTF_8);
      Matcher matcher = MAJOR_VERSION.matcher(version);
      return matcher.lookingAt() ? Integer.parseInt(matcher.group(1)) : 0;
    } catch (IOException doesNotRun) {
      return 0;
    }
  }
}
