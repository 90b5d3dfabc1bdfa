package io.tideline.app;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.tideline.config.StartRefusedException;
import io.tideline.embedded.EmbeddedPostgresException;
import java.time.Instant;
import java.util.function.BiConsumer;

/** The entry: supplies what isn't configured, then runs the application. */
@QuarkusMain
public final class Tideline {
  Tideline() {}

  public static void main(String[] arguments) {
    BiConsumer<Integer, Throwable> exit = ApplicationLifecycleManager.getDefaultExitCodeHandler();
    FirstRun firstRun;
    try {
      firstRun = FirstRun.prepare(ConfigUtils.configBuilder().build(), Instant.now());
    } catch (StartRefusedException | EmbeddedPostgresException refused) {
      System.err.println("Tideline can't start. " + refused.getMessage());
      exit.accept(1, refused);
      return;
    }
    firstRun.publish();
    // The default handler, as one that is passed to run() would silence what Quarkus says about a
    // failed start.
    ApplicationLifecycleManager.setDefaultExitCodeHandler(new CloseLast(firstRun, exit));
    Quarkus.run(arguments);
  }
}
