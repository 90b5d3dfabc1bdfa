package io.tideline.net.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import io.quarkus.websockets.next.WebSocketConnection;
import io.tideline.hub.FrameBatch;
import io.tideline.loop.Lane;
import io.tideline.net.out.NettyWriter;
import io.tideline.net.out.SharedBytes;

/** WebSocket frames, written as they are; closing stays the matter of WebSockets Next. */
final class NettyWebSocketWriter extends NettyWriter implements WebSocketWriter {
  private final SocketGuard guard;
  private final WebSocketConnection connection;
  private int framesAtBeat;

  NettyWebSocketWriter(
      Lane lane, SocketGuard guard, WebSocketConnection connection, Runnable writable) {
    super(lane, guard.channel(), WebSocketFrameEncoder.class, writable);
    this.guard = guard;
    this.connection = connection;
  }

  @Override
  public boolean isOpen() {
    return !guard.isClosing();
  }

  @Override
  public ByteBuf framed(byte[]... frames) {
    return Unpooled.wrappedBuffer(frames);
  }

  @Override
  public void beat(byte[] frame) {
    framesAtBeat = guard.frames();
    super.beat(frame);
  }

  @Override
  public boolean isAnswered() {
    return guard.frames() != framesAtBeat;
  }

  @Override
  public void write(FrameBatch run) {
    write(SharedBytes.of(run).joined());
  }

  @Override
  public void close(int code, String reason) {
    SocketClose.close(connection, code, reason);
  }
}
