package io.tideline.transport;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How fast one connection of HTTP/2 may begin requests: a second's worth at once; who goes on isn't
 * read from until its requests are a second's worth again, and then in small parts, so it waits and
 * the others don't. Needed since a stream that was answered already counts neither for the codec's
 * limit of streams nor, when it is reset, for that of resets (RFC 9113, 5.1.2 and 10.5). Used on
 * the connection's event loop.
 */
final class RequestPace {
  private static final AttributeKey<RequestPace> KEY =
      AttributeKey.valueOf(RequestPace.class, "tideline");
  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long nanosEach;
  private final LongSupplier nanoTime;
  private long paidUntil;

  /**
   * Nothing has begun yet.
   *
   * @param perSecond 1 or more
   * @param nanoTime as {@link System#nanoTime()}
   */
  RequestPace(int perSecond, LongSupplier nanoTime) {
    this.nanosEach = Math.max(1, BURST_NANOS / perSecond);
    this.nanoTime = nanoTime;
    this.paidUntil = nanoTime.getAsLong();
  }

  void keep(Channel connection) {
    connection.attr(KEY).set(this);
  }

  /** A request begins; no matter where nothing is counted. */
  static void begin(Channel connection) {
    RequestPace pace = connection.attr(KEY).get();
    if (pace == null) {
      return;
    }
    long tooFast = pace.take();
    if (tooFast > 0 && connection.config().isAutoRead()) {
      Turns.shorten(connection);
      connection.config().setAutoRead(false);
      var unused =
          connection
              .eventLoop()
              .schedule(() -> connection.config().setAutoRead(true), tooFast, TimeUnit.NANOSECONDS);
    }
  }

  /** Nanoseconds until it would have been in time; zero if it is. */
  long take() {
    long now = nanoTime.getAsLong();
    paidUntil = Math.max(0, paidUntil - now) + now + nanosEach;
    return Math.max(0, paidUntil - now - BURST_NANOS);
  }
}
