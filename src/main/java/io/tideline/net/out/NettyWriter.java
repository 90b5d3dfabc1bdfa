package io.tideline.net.out;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.VoidChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.timeout.IdleStateHandler;
import io.tideline.loop.Lane;
import io.tideline.session.ConnectionWriter;
import java.time.Duration;
import java.util.Objects;

/**
 * A writer beneath the encoder of a connection's Netty pipeline: what is written is on the wire as
 * it is, and leaves with one flush. What Vert.x writes to the same connection (control frames, the
 * end of a response) passes the same place, so the order is that of the calls.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to, the channel's events tell.
public abstract class NettyWriter implements ConnectionWriter {
  private static final WriteBufferWaterMark BOUND =
      new WriteBufferWaterMark(BYTES_MAX / 2, BYTES_MAX);

  private final Lane lane;
  private final Channel channel;
  private final ChannelHandlerContext encoder;
  private final Runnable writable;

  /** A write that failed has no one to tell: the channel is gone, which is told elsewhere. */
  private final ChannelPromise unwatched;

  /** Whether the end of what waits is marked: when the mark leaves, there is room again. */
  private boolean isTold;

  private ChannelFuture beat;

  /**
   * Made on the event loop.
   *
   * @param lane of the connection
   * @param encoderType of the handler to write beneath
   * @param writable called on the lane when there is room again
   */
  public NettyWriter(
      Lane lane, Channel channel, Class<? extends ChannelHandler> encoderType, Runnable writable) {
    ChannelPipeline pipeline = channel.pipeline();
    this.lane = lane;
    this.channel = channel;
    this.writable = Objects.requireNonNull(writable, "writable");
    this.encoder = Objects.requireNonNull(pipeline.context(encoderType), "encoder");
    this.unwatched = new VoidChannelPromise(channel, false);
    channel.config().setWriteBufferWaterMark(BOUND);
    // It sees none of our writes, so it would end a busy connection as an idle one.
    if (pipeline.get(IdleStateHandler.class) != null) {
      pipeline.remove(IdleStateHandler.class);
    }
  }

  /** Whether more may be written; false once the connection is ending. */
  public abstract boolean isOpen();

  /** The bytes of whole frames or events as they go on the wire; given away. */
  public abstract ByteBuf framed(byte[]... parts);

  @Override
  public final int room() {
    return isOpen() ? (int) Math.min(BYTES_MAX, channel.bytesBeforeUnwritable()) : 0;
  }

  @Override
  public final boolean isDrained() {
    return room() == BYTES_MAX;
  }

  @Override
  public final void write(byte[]... parts) {
    write(framed(parts));
  }

  public final void write(ByteBuf bytes) {
    if (isOpen()) {
      encoder.write(bytes, unwatched);
    } else {
      bytes.release();
    }
  }

  @Override
  public final void flush() {
    encoder.flush();
    if (!isTold && room() < BYTES_MAX) {
      isTold = true;
      encoder.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(left -> notifyWritable());
    }
  }

  /** Later: a flush may come amid a wake, and what it lets go must not begin another one. */
  private void notifyWritable() {
    isTold = false;
    lane.execute(writable);
  }

  @Override
  public void beat(byte[] frame) {
    if (isOpen()) {
      beat = encoder.write(framed(frame));
      flush();
    }
  }

  @Override
  public final boolean isBeatGone() {
    return beat == null || beat.isDone();
  }

  @Override
  public final void drop() {
    // From here, and not from the channel: Vert.x would first wait until all has left.
    encoder.close();
  }

  protected final ByteBufAllocator allocator() {
    return channel.alloc();
  }

  /** Later, whether what waits has left or not. */
  final void dropAfter(Duration wait) {
    lane.schedule(wait, this::drop);
  }
}
