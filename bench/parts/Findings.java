package parts;

import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;

/** What broke a promise, counted by kind; the first of each kind are printed when they happen. */
public final class Findings {
  public enum Kind {
    LOST("messages skipped without a gap"),
    TWICE("messages delivered or stored twice"),
    OUT_OF_ORDER("messages delivered or numbered out of order"),
    DIFFERENT("offsets that hold different payloads, or payloads nobody published"),
    NOT_KEPT("acknowledged messages that are gone, or refused ones that appeared"),
    GAP("gaps that are not due, or not where the reader stands"),
    CLOSED("connections closed though only the database was away"),
    PROTOCOL("answers the contract does not know"),
    STUCK("parts that did not come back or fell silent in time"),
    LATE("times without an acknowledged publish that faults don't account for");

    public final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }
  }

  private static final int PRINTED_PER_KIND_MAX = 20;

  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);

  public synchronized void add(Kind kind, long messages, String what) {
    long before = counts.merge(kind, messages, Long::sum) - messages;
    if (before < PRINTED_PER_KIND_MAX) {
      System.out.printf(
          "%s !! %s: %s%n", LocalTime.now().truncatedTo(ChronoUnit.MILLIS), kind, what);
    }
  }

  public void add(Kind kind, String what) {
    add(kind, 1, what);
  }

  public synchronized long count(Kind kind) {
    return counts.getOrDefault(kind, 0L);
  }

  public synchronized boolean none() {
    return counts.isEmpty();
  }
}
