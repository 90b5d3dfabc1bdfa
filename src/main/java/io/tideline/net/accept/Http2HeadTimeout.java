package io.tideline.net.accept;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.ssl.AbstractSniHandler;
import io.netty.handler.ssl.SslHandler;
import io.tideline.net.NettyChannel;
import java.util.function.Supplier;

/**
 * The timeout of a request's head in HTTP/2, from the first byte of its HEADERS frame to the end of
 * its last CONTINUATION (RFC 9113, 4.1 and 6.10); likewise during every other frame but DATA, whose
 * time is that of the whole request. It stands before the codec and follows the frames without
 * looking into them, and leaves a connection that turns out not to be HTTP/2.
 */
public final class Http2HeadTimeout extends ArrivalTimeout {
  private static final String NAME = "tideline-head-clock";

  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII);
  private static final int DATA = 0x0;
  private static final int HEADERS = 0x1;
  private static final int CONTINUATION = 0x9;
  private static final int END_HEADERS = 0x4;

  /** Whether the connection was one of HTTP/1, and must be one of HTTP/2 now. */
  private final boolean isUpgraded;

  private int prefaceBytes;

  /** Of the frame's own head that have come. */
  private int headBytes;

  private int payloadBytes;
  private int type;
  private int flags;

  /** Of the frame's payload that are to come. */
  private int leftBytes;

  /** Whether a CONTINUATION must follow. */
  private boolean isContinued;

  private Http2HeadTimeout(PendingRequests pending, boolean isUpgraded) {
    super(pending);
    this.isUpgraded = isUpgraded;
  }

  /** Of a connection that has just been accepted. */
  static Http2HeadTimeout beforePreface(PendingRequests pending) {
    return new Http2HeadTimeout(pending, false);
  }

  /**
   * Takes its place on a connection that goes over from HTTP/1, as the request that asks for it is
   * dealt with; no matter where one is already.
   */
  public static void afterUpgrade(ChannelPipeline pipeline, PendingRequests pending) {
    if (pipeline.get(NAME) == null && pipeline.get(NettyChannel.VERTX_HANDLER) != null) {
      pipeline.addBefore(NettyChannel.VERTX_HANDLER, NAME, new Http2HeadTimeout(pending, true));
    }
  }

  @Override
  long limitNanos(RequestTimeouts limits) {
    return limits.head().toNanos();
  }

  /** While the connection isn't read from, it is us who keep it waiting. */
  @Override
  boolean isHeld(ChannelHandlerContext own) {
    return !own.channel().config().isAutoRead();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext removed) {
    super.handlerRemoved(removed);
    if (isUpgraded && prefaceBytes == 0 && removed.channel().isActive()) {
      // Vert.x removes all that stands before its codec when it has the whole request.
      removed.channel().eventLoop().execute(() -> afterUpgrade(removed.pipeline(), pending));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext own, Object read) {
    if (read instanceof ByteBuf bytes) {
      int begin = preface(bytes);
      if (begin < 0 && isUpgraded) {
        bytes.release();
        cut();
        return;
      }
      if (begin < 0) {
        own.pipeline().remove(this);
      } else {
        frames(bytes, begin);
        if (isUnfinished()) {
          start();
        } else {
          stop();
        }
      }
    }
    own.fireChannelRead(read);
  }

  private boolean isUnfinished() {
    boolean isInPreface = prefaceBytes > 0 && prefaceBytes < PREFACE.length;
    return isInPreface || headBytes > 0 || isContinued || (leftBytes > 0 && type != DATA);
  }

  /** Where frames begin in the bytes; -1 if none ever will. */
  private int preface(ByteBuf bytes) {
    int at = bytes.readerIndex();
    for (; prefaceBytes < PREFACE.length && at < bytes.writerIndex(); at++) {
      if (bytes.getByte(at) != PREFACE[prefaceBytes++]) {
        return -1;
      }
      if (prefaceBytes == PREFACE.length) {
        stop();
      }
    }
    return at;
  }

  private void frames(ByteBuf bytes, int begin) {
    int at = begin;
    while (at < bytes.writerIndex()) {
      if (leftBytes > 0) {
        int skipped = Math.min(leftBytes, bytes.writerIndex() - at);
        at += skipped;
        leftBytes -= skipped;
      } else {
        head(bytes.getUnsignedByte(at++));
      }
      if (leftBytes == 0 && headBytes == 0) {
        frameEnds();
      }
    }
  }

  /** Length, type, flags and stream. */
  private void head(int next) {
    switch (headBytes++) {
      case 0 -> payloadBytes = next;
      case 1, 2 -> payloadBytes = payloadBytes << 8 | next;
      case 3 -> type = next;
      case 4 -> flags = next;
      case 8 -> {
        headBytes = 0;
        leftBytes = payloadBytes;
      }
      default -> {}
    }
  }

  private void frameEnds() {
    isContinued = (type == HEADERS || type == CONTINUATION) && (flags & END_HEADERS) == 0;
    if (!isContinued) {
      stop();
    }
  }

  /**
   * Finds the clock its place as a connection begins: behind what takes TLS and the PROXY protocol
   * off, before all that reads frames.
   */
  public static final class Usher extends ChannelInboundHandlerAdapter {
    private final Supplier<PendingRequests> pending;
    private boolean isPlaced;

    /** The supplier is asked on the lane. */
    public Usher(Supplier<PendingRequests> pending) {
      this.pending = pending;
    }

    @Override
    public void channelRead(ChannelHandlerContext own, Object read) {
      ChannelPipeline pipeline = own.pipeline();
      ChannelHandlerContext tls = pipeline.context(SslHandler.class);
      ChannelHandlerContext proxied = pipeline.context(HAProxyMessageDecoder.class);
      if (tls != null) {
        place(pipeline, tls);
      } else if (!isPlaced && pipeline.get(AbstractSniHandler.class) == null) {
        place(pipeline, proxied == null ? own : proxied);
      }
      own.fireChannelRead(read);
      boolean mayBecomeTls = tls == null && (proxied != null || !isPlaced);
      if (!mayBecomeTls && !own.isRemoved()) {
        pipeline.remove(this);
      }
    }

    private void place(ChannelPipeline pipeline, ChannelHandlerContext before) {
      if (pipeline.get(NAME) != null) {
        pipeline.remove(NAME);
      }
      pipeline.addAfter(before.name(), NAME, beforePreface(pending.get()));
      isPlaced = true;
    }
  }
}
