package io.tideline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.tideline.postgres.LogEvents;

/** The log's meters, named as the hub's. */
public final class LogMeters implements LogEvents {
  private final Counter lostAndStored;
  private final Counter lostAndNotStored;
  private final Counter outboxMoved;
  private final Counter outboxRefused;
  private final Counter pruned;

  public LogMeters(MeterRegistry registry) {
    lostAndStored = answerLost(registry, "true");
    lostAndNotStored = answerLost(registry, "false");
    outboxMoved =
        counter(registry, "tideline.outbox.moved", "Publications from SQL that were stored");
    outboxRefused =
        counter(
            registry,
            "tideline.outbox.refused",
            "Publications from SQL put aside into tideline.outbox_refused");
    pruned = counter(registry, "tideline.pruned", "Publications deleted by retention or purge");
  }

  private static Counter answerLost(MeterRegistry registry, String stored) {
    return Counter.builder("tideline.answers.lost")
        .description("Commits whose answer was lost and looked up")
        .tag("stored", stored)
        .register(registry);
  }

  private static Counter counter(MeterRegistry registry, String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  @Override
  public void answerLost(boolean wasStored) {
    (wasStored ? lostAndStored : lostAndNotStored).increment();
  }

  @Override
  public void outboxMoved(int messages) {
    outboxMoved.increment(messages);
  }

  @Override
  public void outboxRefused() {
    outboxRefused.increment();
  }

  @Override
  public void pruned(long messages) {
    pruned.increment((double) messages);
  }
}
