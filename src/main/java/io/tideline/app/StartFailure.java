package io.tideline.app;

import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import io.tideline.config.StartRefusedException;
import io.tideline.embedded.EmbeddedPostgresException;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * The last word of a start that failed: one sentence where the reason is known, the whole trace
 * where it is a fault of ours.
 */
final class StartFailure implements BiConsumer<Integer, Throwable> {
  private static final Logger LOG = Logger.getLogger(StartFailure.class);

  private final BiConsumer<Integer, Throwable> exit;

  StartFailure(BiConsumer<Integer, Throwable> exit) {
    this.exit = exit;
  }

  @Override
  public void accept(Integer code, Throwable cause) {
    if (cause != null) {
      report(cause);
    }
    exit.accept(code, cause);
  }

  private static void report(Throwable cause) {
    Optional<String> reason = reason(cause);
    if (reason.isPresent()) {
      say(reason.get());
    } else {
      LOG.error("Tideline failed", cause);
    }
  }

  static void say(String reason) {
    System.err.println("Tideline can't start. " + reason);
  }

  /** Empty where no cause says it in a sentence. */
  static Optional<String> reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof QuarkusBindException bind) {
        return Optional.of(portInUse(bind.getHost(), bind.getPort()));
      }
      if (cause instanceof StartRefusedException
          || cause instanceof EmbeddedPostgresException
          || cause instanceof ConfigurationException
          || cause instanceof ConfigValidationException) {
        return Optional.of(cause.getMessage());
      }
    }
    return Optional.empty();
  }

  static String portInUse(String host, int port) {
    return "Port "
        + port
        + " of "
        + host
        + " is in use, perhaps by another Tideline. What to do: stop that program, or choose"
        + " another port (QUARKUS_HTTP_PORT="
        + (port + 1000)
        + ").";
  }
}
