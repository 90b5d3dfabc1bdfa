package io.tideline.bridge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** What one bridge counts that carries channels elsewhere. */
final class OutboundMeters {
  private static final double NANOS_A_SECOND = 1e9;

  private final Counter sent;
  private final Counter gaps;
  private final Counter failed;

  OutboundMeters(MeterRegistry registry, String bridge) {
    this.sent = records(registry, bridge, "sent");
    this.gaps = records(registry, bridge, "gap");
    this.failed = records(registry, bridge, "failed");
  }

  private static Counter records(MeterRegistry registry, String bridge, String outcome) {
    return Counter.builder("tideline.bridge.out.records")
        .description("Records that this node handed to a bridge's broker")
        .tag("bridge", bridge)
        .tag("outcome", outcome)
        .register(registry);
  }

  static void watch(
      MeterRegistry registry, String name, OutboundBridge bridge, ConnectorSink outgoing) {
    InboundMeters.running(registry, name, () -> !bridge.standsStill());
    Gauge.builder("tideline.bridge.out.active", bridge, each -> each.isActive() ? 1 : 0)
        .description("Whether it is this node that carries the bridge's channels; one of all does")
        .tag("bridge", name)
        .register(registry);
    Gauge.builder("tideline.bridge.out.behind", bridge, OutboundBridge::channelsBehind)
        .description("Channels of which this node knows that the bridge has more to carry")
        .tag("bridge", name)
        .register(registry);
    Gauge.builder("tideline.bridge.out.failing", bridge, OutboundBridge::channelsFailing)
        .description("Channels whose next record could not be sent when it was last tried")
        .tag("bridge", name)
        .register(registry);
    Gauge.builder(
            "tideline.bridge.out.wait",
            outgoing,
            each -> each.longestWait().toNanos() / NANOS_A_SECOND)
        .description("How long a record has waited for the broker to confirm it")
        .baseUnit("seconds")
        .tag("bridge", name)
        .register(registry);
  }

  void confirmed(OutboundStep step) {
    (step instanceof OutboundStep.Told ? gaps : sent).increment();
  }

  void failed() {
    failed.increment();
  }
}
