package io.tideline.net.accept;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;

/**
 * Waits for a connection to turn out to be HTTP/2, and then learns whether the codec ends it for a
 * flood of whatever kind: it says ENHANCE_YOUR_CALM (RFC 9113, 7 and 10.5).
 */
public final class FloodWatch extends ChannelInboundHandlerAdapter {
  private final AddressLimiter.Visit visit;

  public FloodWatch(AddressLimiter.Visit visit) {
    this.visit = visit;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object read) {
    context.fireChannelRead(read);
    Http2ConnectionHandler codec = context.pipeline().get(Http2ConnectionHandler.class);
    if (codec != null) {
      codec.connection().addListener(new Listener());
      if (!context.isRemoved()) {
        context.pipeline().remove(this);
      }
    }
  }

  private final class Listener extends Http2ConnectionAdapter {
    @Override
    public void onGoAwaySent(int lastStream, long error, ByteBuf why) {
      if (error == Http2Error.ENHANCE_YOUR_CALM.code()) {
        visit.flooded();
      }
    }
  }
}
