package io.tideline.app;

import io.tideline.embedded.PrivateFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * A small program beside the server that publishes through its public API, as a user's would;
 * started again if it ends.
 */
final class DemoFeed implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(DemoFeed.class);

  private static final Duration RETRY_FIRST = Duration.ofSeconds(1);
  private static final Duration RETRY_MAX = Duration.ofSeconds(30);
  private static final Duration STOP_MAX = Duration.ofSeconds(5);

  private final Path program;
  private final URI server;
  private final String token;
  private final PrivateFile pidFile;
  private final Thread thread = new Thread(this::run, "tideline-demo");

  private DemoFeed(Path program, URI server, String token, Path pidFile) {
    this.program = program;
    this.server = server;
    this.token = token;
    this.pidFile = new PrivateFile(pidFile);
  }

  /** Runs the single-file Java program until the feed is closed. */
  static DemoFeed start(Path program, URI server, String token, Path pidFile) {
    DemoFeed feed = new DemoFeed(program, server, token, pidFile);
    feed.thread.setDaemon(true);
    feed.thread.start();
    return feed;
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(STOP_MAX.toMillis());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    Duration retry = RETRY_FIRST;
    try {
      stopTheOneLeftByAKilledServer();
      while (true) {
        int exitCode = runOnce();
        LOG.warnf(
            "%s ended with %d; starting it again in %d s", program, exitCode, retry.toSeconds());
        Thread.sleep(retry.toMillis());
        Duration doubled = retry.multipliedBy(2);
        retry = doubled.compareTo(RETRY_MAX) < 0 ? doubled : RETRY_MAX;
      }
    } catch (IOException failed) {
      LOG.errorf(failed, "%s can't be run, so there is no demo", program);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private int runOnce() throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(java(), program.toString()).inheritIO();
    builder.environment().put("TIDELINE_URL", server.toString());
    builder.environment().put("TIDELINE_TOKEN", token);
    Process process = builder.start();
    try {
      pidFile.write(Long.toString(process.pid()));
      return process.waitFor();
    } finally {
      stop(process.toHandle());
    }
  }

  /** Two of them would publish every figure twice. */
  private void stopTheOneLeftByAKilledServer() throws IOException {
    pidFile
        .read()
        .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)))
        .filter(this::runsOurProgram)
        .ifPresent(DemoFeed::stop);
  }

  private boolean runsOurProgram(ProcessHandle process) {
    List<String> arguments = process.info().arguments().map(List::of).orElse(List.of());
    return arguments.contains(program.toString());
  }

  private static void stop(ProcessHandle process) {
    process.destroy();
    process.onExit().completeOnTimeout(process, STOP_MAX.toSeconds() - 1, TimeUnit.SECONDS).join();
    process.destroyForcibly();
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
