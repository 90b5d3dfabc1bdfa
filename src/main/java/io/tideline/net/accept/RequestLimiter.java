package io.tideline.net.accept;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A rate limit on the requests of one HTTP/2 connection: a second's worth at once; a connection
 * that goes on isn't read from until its requests are a second's worth again, and then in small
 * parts, so it waits and the others don't. Needed since a stream that was answered already counts
 * neither for the codec's limit of streams nor, when it is reset, for that of resets (RFC 9113,
 * 5.1.2 and 10.5). Used on the connection's event loop.
 */
public final class RequestLimiter extends ChannelOutboundHandlerAdapter {
  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final long nanosEach;
  private final LongSupplier nanoTime;
  private long paidUntil;
  private boolean isWaiting;

  /**
   * Nothing has begun yet.
   *
   * @param perSecond 1 or more
   * @param nanoTime as {@link System#nanoTime()}
   */
  public RequestLimiter(int perSecond, LongSupplier nanoTime) {
    this.nanosEach = Math.max(1, BURST_NANOS / perSecond);
    this.nanoTime = nanoTime;
    this.paidUntil = nanoTime.getAsLong();
  }

  /** A request begins on this connection. */
  public void begin(Channel connection) {
    long tooFast = take();
    if (tooFast > 0 && !isWaiting) {
      isWaiting = true;
      BoundedReads.shorten(connection, BoundedReads.FLOOD_BYTES);
      connection.config().setAutoRead(false);
      var unused =
          connection.eventLoop().schedule(() -> goOn(connection), tooFast, TimeUnit.NANOSECONDS);
    }
  }

  /** What was read before the pause took hold counts, too. */
  private void goOn(Channel connection) {
    long left = Math.max(0, paidUntil - nanoTime.getAsLong() - BURST_NANOS);
    if (left > 0) {
      var unused =
          connection.eventLoop().schedule(() -> goOn(connection), left, TimeUnit.NANOSECONDS);
    } else {
      isWaiting = false;
      connection.config().setAutoRead(true);
    }
  }

  /** The codec of HTTP/2 reads on whether reading is switched on or not. */
  @Override
  public void read(ChannelHandlerContext context) {
    if (!isWaiting) {
      context.read();
    }
  }

  /** Nanoseconds until it would have been in time; zero if it is. */
  long take() {
    long now = nanoTime.getAsLong();
    paidUntil = Math.max(0, paidUntil - now) + now + nanosEach;
    return Math.max(0, paidUntil - now - BURST_NANOS);
  }
}
