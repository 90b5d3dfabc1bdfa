package io.tideline.net.accept;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;

/**
 * The timeout of something that is on its way in and hasn't come whole; if that takes too long, its
 * connection ends. On the connection's lane only.
 */
abstract class ArrivalTimeout extends ChannelDuplexHandler {
  final PendingRequests pending;
  private ChannelHandlerContext context;
  private boolean runs;
  private long sinceNanos;

  ArrivalTimeout(PendingRequests pending) {
    this.pending = pending;
  }

  /** How long it may take, in nanoseconds. */
  abstract long limitNanos(RequestTimeouts limits);

  /** Whether the delay is none of the client's. */
  boolean isHeld(ChannelHandlerContext own) {
    return false;
  }

  final boolean isLate(RequestTimeouts limits, long nowNanos) {
    if (isHeld(context)) {
      sinceNanos = nowNanos;
    }
    return nowNanos - sinceNanos > limitNanos(limits);
  }

  final void cut() {
    stop();
    var unused = context.close();
  }

  final void start() {
    if (!runs) {
      runs = true;
      sinceNanos = pending.now();
      pending.add(this);
    }
  }

  final void stop() {
    if (runs) {
      runs = false;
      pending.remove(this);
    }
  }

  @Override
  public final void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    stop();
  }
}
