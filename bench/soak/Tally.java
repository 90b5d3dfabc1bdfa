package soak;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/** What happened, in numbers. */
final class Tally {
  enum Transport {
    WEBSOCKET,
    SSE,
    SSE_ENVELOPE,
    STREAM,
    LONG_POLL
  }

  final LongAdder published = new LongAdder();
  final LongAdder acknowledged = new LongAdder();
  final LongAdder repeated = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder lostAnswers = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder delivered = new LongAdder();
  final LongAdder gapsTold = new LongAdder();
  final LongAdder broken = new LongAdder();

  /** When the database was taken away while the server stays; 0 while nothing or more is amiss. */
  volatile long databaseAwaySinceNanos;

  final AtomicInteger connected = new AtomicInteger();
  final LongAccumulator catchUpMillisMax = new LongAccumulator(Math::max, 0);
  final LongAccumulator behindMillisMax = new LongAccumulator(Math::max, 0);

  private final Map<Transport, LongAdder> connects = new EnumMap<>(Transport.class);
  private final Map<Fault, LongAdder> faults = new EnumMap<>(Fault.class);
  private long acknowledgedAtNanos;
  private long silenceNanosMax;

  Tally() {
    for (Transport transport : Transport.values()) {
      connects.put(transport, new LongAdder());
    }
    for (Fault fault : Fault.values()) {
      faults.put(fault, new LongAdder());
    }
  }

  void connect(Transport transport) {
    connects.get(transport).increment();
  }

  void fault(Fault fault) {
    faults.get(fault).increment();
  }

  synchronized void acknowledge() {
    acknowledged.increment();
    long now = System.nanoTime();
    if (acknowledgedAtNanos != 0) {
      silenceNanosMax = Math.max(silenceNanosMax, now - acknowledgedAtNanos);
    }
    acknowledgedAtNanos = now;
  }

  /** The longest time without an acknowledged publish. */
  synchronized long silenceMillisMax() {
    return silenceNanosMax / 1_000_000;
  }

  Map<Transport, LongAdder> connects() {
    return connects;
  }

  Map<Fault, LongAdder> faults() {
    return faults;
  }
}
