package chaos;

import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import parts.Tally.Silence;

/** When nothing could be stored, whoever was asked, and how much longer than that nothing was. */
final class Outages {
  private record Outage(Fault fault, long fromNanos, long toNanos) {
    long overlapNanos(long from, long to) {
      return Math.max(0, Math.min(to, toNanos) - Math.max(from, fromNanos));
    }
  }

  /** A silence, the faults that began in it or lasted into it, and what they don't account for. */
  record Excess(LocalTime until, long silenceMillis, long faultMillis, String faults) {
    long millis() {
      return silenceMillis - faultMillis;
    }

    @Override
    public String toString() {
      return "%d ms until %s, of which %d ms were faults (%s)"
          .formatted(silenceMillis, until, faultMillis, faults);
    }
  }

  private final List<Outage> outages = new ArrayList<>();

  /** A fault that leaves others to serve has no length of its own: {@code to} is {@code from}. */
  synchronized void add(Fault fault, long fromNanos, long toNanos) {
    outages.add(new Outage(fault, fromNanos, toNanos));
  }

  synchronized long longestMillis() {
    return outages.stream().mapToLong(o -> o.toNanos - o.fromNanos).max().orElse(0) / 1_000_000;
  }

  /** The silences by what the faults don't account for, longest first. */
  synchronized List<Excess> excesses(List<Silence> silences) {
    return silences.stream()
        .map(this::excess)
        .sorted(Comparator.comparingLong(Excess::millis).reversed())
        .toList();
  }

  private Excess excess(Silence silence) {
    long from = silence.fromNanos();
    long to = silence.toNanos();
    // faults that hit all are inflicted one after the other, so they don't overlap each other
    long faults = outages.stream().mapToLong(outage -> outage.overlapNanos(from, to)).sum();
    List<String> names =
        outages.stream()
            .filter(outage -> outage.fromNanos <= to && outage.toNanos >= from)
            .map(outage -> outage.fault.name().toLowerCase(Locale.ROOT))
            .toList();
    LocalTime until = LocalTime.now().minusNanos(System.nanoTime() - to);
    return new Excess(
        until.truncatedTo(ChronoUnit.MILLIS),
        (to - from) / 1_000_000,
        faults / 1_000_000,
        String.join(", ", names));
  }
}
