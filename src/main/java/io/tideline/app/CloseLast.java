package io.tideline.app;

import io.quarkus.runtime.ApplicationLifecycleManager;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Closes what the first run supplied after the application has stopped, on each way out.
 *
 * <p>As the exit handler it is called when the application has stopped. On a signal the JVM halts
 * once its hooks are done, though, whatever the main thread still does; hence a hook that waits for
 * that call.
 */
final class CloseLast implements BiConsumer<Integer, Throwable> {
  /** Longer than draining and stopping take; after that the database goes first. */
  private static final Duration APPLICATION_STOP_MAX = Duration.ofSeconds(90);

  private final FirstRun firstRun;
  private final BiConsumer<Integer, Throwable> exit;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final Thread hook = new Thread(this::closeOnceStopped, "tideline-close-last");

  CloseLast(FirstRun firstRun, BiConsumer<Integer, Throwable> exit) {
    this.firstRun = firstRun;
    this.exit = exit;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  @Override
  public void accept(Integer code, Throwable cause) {
    ApplicationLifecycleManager.setDefaultExitCodeHandler(exit);
    stopped.countDown();
    firstRun.close();
    dropHook();
    exit.accept(code, cause);
  }

  private void closeOnceStopped() {
    try {
      stopped.await(APPLICATION_STOP_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    firstRun.close();
  }

  /** A live reload in development comes here again and again in one JVM. */
  private void dropHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException shuttingDown) {
      // Then it is running, and done as well.
      return;
    }
  }
}
