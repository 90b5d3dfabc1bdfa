package io.tideline.net.websocket;

import io.quarkus.websockets.next.CloseReason;
import io.quarkus.websockets.next.WebSocketConnection;

/** Closes by WebSockets Next, so that its own account of the connection stays right. */
final class SocketClose {
  private SocketClose() {}

  static void close(WebSocketConnection connection, int code, String reason) {
    if (connection.isClosed()) {
      return;
    }
    connection
        .close(new CloseReason(code, reason))
        .subscribe()
        .with(
            sent -> {},
            gone -> {
              // It went away by itself, and is told as closed.
            });
  }
}
