package io.tideline.net.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.mutiny.Uni;
import io.tideline.hub.FrameBatch;
import io.tideline.loop.Lane;
import io.tideline.net.out.VertxWriter;
import io.vertx.core.buffer.Buffer;

/** WebSocket messages by WebSockets Next, one by one. */
final class VertxWebSocketWriter extends VertxWriter implements WebSocketWriter {
  private final SocketGuard guard;
  private final WebSocketConnection connection;
  private int framesAtBeat;

  VertxWebSocketWriter(
      Lane lane, SocketGuard guard, WebSocketConnection connection, Runnable writable) {
    super(lane, writable);
    this.guard = guard;
    this.connection = connection;
  }

  @Override
  public boolean isOpen() {
    return !guard.isClosing() && connection.isOpen();
  }

  @Override
  public void write(FrameBatch run) {
    write(run.frames());
  }

  @Override
  public void write(byte[]... frames) {
    for (byte[] frame : frames) {
      if (isOpen()) {
        waits(frame.length);
        send(frame).subscribe().with(sent -> left(frame.length), gone -> left(frame.length));
      }
    }
  }

  private Uni<Void> send(byte[] frame) {
    if (WebSocketFrames.isPing(frame)) {
      return connection.sendPing(Buffer.buffer());
    }
    int start = WebSocketFrames.payloadOffset(frame);
    int length = frame.length - start;
    return WebSocketFrames.isBinary(frame)
        ? connection.sendBinary(Buffer.buffer(length).appendBytes(frame, start, length))
        : connection.sendText(new String(frame, start, length, UTF_8));
  }

  @Override
  public void beat(byte[] frame) {
    if (isOpen()) {
      framesAtBeat = guard.frames();
      beatWaits();
      send(frame).subscribe().with(sent -> beatLeft(), gone -> beatLeft());
    }
  }

  @Override
  public boolean isAnswered() {
    return guard.frames() != framesAtBeat;
  }

  @Override
  public void close(int code, String reason) {
    SocketClose.close(connection, code, reason);
  }

  @Override
  public void drop() {
    guard.cut();
  }
}
