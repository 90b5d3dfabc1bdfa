package io.tideline.app;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.tideline.embedded.EmbeddedPostgresException;
import java.time.Instant;
import java.util.Locale;
import java.util.function.BiConsumer;

/** The entry: supplies what isn't configured, then runs the application. */
@QuarkusMain
public final class Tideline {
  Tideline() {}

  public static void main(String[] arguments) {
    // Digits are those of SQL and HTTP, whatever the machine's language is.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    BiConsumer<Integer, Throwable> exit = ApplicationLifecycleManager.getDefaultExitCodeHandler();
    FirstRun firstRun;
    try {
      SettingsCheck.run(ConfigUtils::configBuilder);
      firstRun = FirstRun.prepare(ConfigUtils.configBuilder().build(), Instant.now());
    } catch (StartRefusedException | EmbeddedPostgresException refused) {
      StartFailure.say(refused.getMessage());
      exit.accept(1, refused);
      return;
    }
    firstRun.publish();
    CloseLast closeLast = new CloseLast(firstRun, exit);
    ApplicationLifecycleManager.setDefaultExitCodeHandler(closeLast);
    Quarkus.run(null, new StartFailure(closeLast), arguments);
  }
}
