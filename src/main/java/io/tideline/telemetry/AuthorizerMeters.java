package io.tideline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.tideline.access.Authorizer.Verdict;
import io.tideline.authorizer.AuthorizerEvents;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How the application answers what it is asked. */
public final class AuthorizerMeters implements AuthorizerEvents {
  private final MeterRegistry registry;
  private final Counter unanswered;

  public AuthorizerMeters(MeterRegistry registry) {
    this.registry = registry;
    this.unanswered =
        Counter.builder("tideline.authorizer.unanswered")
            .description("Questions to the authorizer that got no answer, so were refused")
            .register(registry);
  }

  @Override
  public void answered(Verdict verdict, long nanos) {
    Timer timer =
        Timer.builder("tideline.authorizer.answers")
            .description("Answers of the authorizer, from when they were asked for")
            .tag("verdict", verdict.name().toLowerCase(Locale.ROOT))
            .register(registry);
    timer.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void unanswered() {
    unanswered.increment();
  }
}
