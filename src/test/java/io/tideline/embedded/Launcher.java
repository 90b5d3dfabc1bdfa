package io.tideline.embedded;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A JVM of its own that starts the server and then only lives on. */
record Launcher(Process jvm, Path directory) implements AutoCloseable {
  private static final Duration STARTS_WITHIN = Duration.ofSeconds(30);

  static Launcher on(Path directory, Path binaries) throws IOException {
    Process jvm =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Launcher.class.getName(),
                directory.toString(),
                binaries.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("launcher.out").toFile())
            .start();
    return new Launcher(jvm, directory);
  }

  public static void main(String[] arguments) throws InterruptedException {
    EmbeddedPostgres postgres =
        EmbeddedPostgres.start(Path.of(arguments[0]), Path.of(arguments[1]));
    Runtime.getRuntime().addShutdownHook(new Thread(postgres::close));
    Thread.sleep(TimeUnit.MINUTES.toMillis(5));
  }

  long awaitServer() throws IOException {
    Path cluster = directory.toRealPath().resolve("cluster");
    await()
        .atMost(STARTS_WITHIN)
        .until(() -> PostmasterFile.read(cluster).filter(PostmasterFile::ready).isPresent());
    return PostmasterFile.read(cluster).orElseThrow().pid();
  }

  void kill() {
    jvm.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    jvm.destroy();
    jvm.onExit().join();
  }
}
