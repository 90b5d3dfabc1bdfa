package io.tideline.app;

import io.quarkus.runtime.Application;
import io.tideline.hub.Sweep;
import io.tideline.postgres.Migrations;
import jakarta.enterprise.inject.Produces;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * When traffic should come here: every port listens, the schema is in place, the log answers, and
 * the node isn't on its way out. Live it is as long as it answers at all, for a restart brings no
 * database back.
 */
final class HealthChecks {
  private static final Duration SWEEP_AGE_MAX = Duration.ofSeconds(10);

  private HealthChecks() {}

  @Produces
  @Startup
  static HealthCheck started() {
    return () -> HealthCheckResponse.up("tideline");
  }

  @Produces
  @Readiness
  static HealthCheck schema(Migrations migrations) {
    return () ->
        migrations.isDone()
            ? HealthCheckResponse.up("schema")
            : HealthCheckResponse.named("schema")
                .down()
                .withData("problem", migrations.problem())
                .build();
  }

  @Produces
  @Readiness
  static HealthCheck log(Sweep sweep) {
    return () -> {
      Optional<Duration> age = sweep.age();
      boolean isFresh = age.isPresent() && age.get().compareTo(SWEEP_AGE_MAX) < 0;
      return HealthCheckResponse.named("log")
          .status(isFresh)
          .withData(
              "answered",
              age.map(Duration::toMillis).map(millis -> millis + " ms ago").orElse("not yet"))
          .build();
    };
  }

  @Produces
  @Readiness
  static HealthCheck serving(Lifecycle lifecycle) {
    return () ->
        HealthCheckResponse.named("serving")
            .status(isListening() && !lifecycle.isDraining())
            .build();
  }

  /** Ports open one after the other, and the first one may be asked before the last one listens. */
  private static boolean isListening() {
    return Application.currentApplication().isStarted();
  }
}
