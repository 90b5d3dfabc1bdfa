package io.tideline.app;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigUtils;
import io.tideline.cli.TidelineCommand;
import io.tideline.config.StartRefusedException;
import io.tideline.embedded.EmbeddedPostgresException;
import io.tideline.identity.KeyCheck;
import io.tideline.identity.UnusableKeyException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.eclipse.microprofile.config.Config;

/**
 * The entry: carries out a command; without one it supplies what isn't configured, then runs the
 * application.
 */
@QuarkusMain
public final class Tideline {
  Tideline() {}

  public static void main(String[] arguments) {
    // Digits are those of SQL and HTTP, whatever the machine's language is.
    Locale.setDefault(Locale.Category.FORMAT, Locale.ROOT);
    int outcome = arguments.length == 0 ? TidelineCommand.SERVE : command(arguments);
    if (outcome == TidelineCommand.SERVE) {
      serve(arguments);
    } else {
      System.exit(outcome);
    }
  }

  private static int command(String[] arguments) {
    return TidelineCommand.run(
        new ConfiguredSurroundings(ConfigUtils.configBuilder().build()),
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        arguments);
  }

  private static void serve(String[] arguments) {
    BiConsumer<Integer, Throwable> exit = ApplicationLifecycleManager.getDefaultExitCodeHandler();
    FirstRun firstRun;
    try {
      SettingsCheck.run(ConfigUtils::configBuilder);
      Config config = ConfigUtils.configBuilder().build();
      KeyCheck.check(config);
      firstRun = FirstRun.prepare(config, Instant.now());
    } catch (StartRefusedException | EmbeddedPostgresException | UnusableKeyException refused) {
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
