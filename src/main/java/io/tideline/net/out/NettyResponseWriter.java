package io.tideline.net.out;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.tideline.hub.FrameBatch;
import io.tideline.loop.Lane;
import io.vertx.core.http.HttpServerResponse;

/** A chunked response of HTTP/1.1: ready-made chunks beneath the encoder. */
public final class NettyResponseWriter extends NettyWriter implements ResponseWriter {
  private final HttpServerResponse response;
  private boolean ended;

  /** The head of the response has been written. */
  public NettyResponseWriter(
      Lane lane, Channel channel, HttpServerResponse response, Runnable writable) {
    super(lane, channel, HttpResponseEncoder.class, writable);
    this.response = response;
  }

  @Override
  public boolean isOpen() {
    return !ended && !response.closed();
  }

  @Override
  public void write(FrameBatch run) {
    write(SharedBytes.of(run).chunk());
  }

  @Override
  public ByteBuf framed(byte[]... parts) {
    return Chunk.of(allocator(), Chunk.bytes(parts), parts);
  }

  @Override
  public void end() {
    if (isOpen()) {
      ended = true;
      response.end().onComplete(gone -> drop());
      dropAfter(END_WAIT);
    }
  }
}
