package parts;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What happened, in numbers. */
public final class Tally {
  public enum Transport {
    WEBSOCKET,
    SSE,
    SSE_ENVELOPE,
    STREAM,
    LONG_POLL
  }

  /** From one acknowledgement to the next. */
  public record Silence(long fromNanos, long toNanos) {}

  private static final long SILENCE_NANOS_MIN = 200_000_000;
  private static final int SILENCES_MAX = 100_000;

  public final LongAdder published = new LongAdder();
  public final LongAdder acknowledged = new LongAdder();
  public final LongAdder repeated = new LongAdder();
  public final LongAdder refused = new LongAdder();
  public final LongAdder lostAnswers = new LongAdder();
  public final LongAdder duplicates = new LongAdder();
  public final LongAdder delivered = new LongAdder();
  public final LongAdder gapsTold = new LongAdder();
  public final LongAdder broken = new LongAdder();

  /** When the database was taken away while the server stays; 0 while nothing or more is amiss. */
  public volatile long databaseAwaySinceNanos;

  public final AtomicInteger connected = new AtomicInteger();
  public final LongAccumulator catchUpMillisMax = new LongAccumulator(Math::max, 0);
  public final LongAccumulator behindMillisMax = new LongAccumulator(Math::max, 0);

  private final Map<Transport, LongAdder> connects = new EnumMap<>(Transport.class);
  private final Map<Transport, LongAdder> deliveries = new EnumMap<>(Transport.class);
  private final Map<String, Integer> faults = new ConcurrentSkipListMap<>();
  private final List<Silence> silences = new ArrayList<>();
  private long acknowledgedAtNanos;
  private long silenceNanosMax;

  public Tally() {
    for (Transport transport : Transport.values()) {
      connects.put(transport, new LongAdder());
      deliveries.put(transport, new LongAdder());
    }
  }

  public void connect(Transport transport) {
    connects.get(transport).increment();
  }

  void deliver(Transport transport) {
    delivered.increment();
    deliveries.get(transport).increment();
  }

  public void fault(Enum<?> fault) {
    faults.merge(fault.name(), 1, Integer::sum);
  }

  public synchronized void acknowledge() {
    acknowledged.increment();
    long now = System.nanoTime();
    if (acknowledgedAtNanos != 0) {
      silenceNanosMax = Math.max(silenceNanosMax, now - acknowledgedAtNanos);
      if (now - acknowledgedAtNanos > SILENCE_NANOS_MIN && silences.size() < SILENCES_MAX) {
        silences.add(new Silence(acknowledgedAtNanos, now));
      }
    }
    acknowledgedAtNanos = now;
  }

  /** The longest time without an acknowledged publish. */
  public synchronized long silenceMillisMax() {
    return silenceNanosMax / 1_000_000;
  }

  public Map<Transport, LongAdder> connects() {
    return connects;
  }

  /** The times above a fifth of a second without an acknowledged publish; the first 100,000. */
  public synchronized List<Silence> silences() {
    return List.copyOf(silences);
  }

  /** Publications that readers got, by transport. */
  public Map<Transport, LongAdder> deliveries() {
    return deliveries;
  }

  public Map<String, Integer> faults() {
    return faults;
  }
}
