package io.tideline.simulation;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.PriorityQueue;

/** Time that passes only from one event to the next, on one thread. */
final class VirtualTime extends Clock {
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nowMicros;
  private long scheduled;

  private record Event(long atMicros, long order, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = Long.compare(atMicros, other.atMicros);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  void after(Duration delay, Runnable what) {
    events.add(new Event(nowMicros + delay.toNanos() / 1000, scheduled++, what));
  }

  void after(long delayMicros, Runnable what) {
    events.add(new Event(nowMicros + delayMicros, scheduled++, what));
  }

  /** Lets the next event happen, if it is due by then. */
  boolean step(long untilMicros) {
    if (events.isEmpty() || events.peek().atMicros() > untilMicros) {
      nowMicros = Math.max(nowMicros, untilMicros);
      return false;
    }
    Event next = events.remove();
    nowMicros = next.atMicros();
    next.what().run();
    return true;
  }

  long micros() {
    return nowMicros;
  }

  long nanos() {
    return nowMicros * 1000;
  }

  @Override
  public Instant instant() {
    return BEGIN.plusNanos(nowMicros * 1000);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("instants only");
  }
}
