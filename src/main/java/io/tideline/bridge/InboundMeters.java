package io.tideline.bridge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BooleanSupplier;

/** The meters of one inbound bridge. */
final class InboundMeters {
  private final Counter stored;
  private final Counter duplicate;
  private final Counter refused;
  private final Counter repeated;

  InboundMeters(MeterRegistry registry, String bridge) {
    this.stored = records(registry, bridge, "stored");
    this.duplicate = records(registry, bridge, "duplicate");
    this.refused = records(registry, bridge, "refused");
    this.repeated =
        Counter.builder("tideline.bridge.repeated")
            .description("Records that could not be stored at the time and were tried again")
            .tag("bridge", bridge)
            .register(registry);
  }

  private static Counter records(MeterRegistry registry, String bridge, String outcome) {
    return Counter.builder("tideline.bridge.records")
        .description("Records of a bridge's source that were dealt with")
        .tag("bridge", bridge)
        .tag("outcome", outcome)
        .register(registry);
  }

  static void running(MeterRegistry registry, String bridge, BooleanSupplier isRunning) {
    Gauge.builder("tideline.bridge.running", () -> isRunning.getAsBoolean() ? 1 : 0)
        .description(
            "0 if the bridge stopped though nobody asked it to, and needs somebody to look; else 1")
        .tag("bridge", bridge)
        .register(registry);
  }

  void stored() {
    stored.increment();
  }

  void duplicate() {
    duplicate.increment();
  }

  void refused() {
    refused.increment();
  }

  void repeated(int records) {
    repeated.increment(records);
  }
}
