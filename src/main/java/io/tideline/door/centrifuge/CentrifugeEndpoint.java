package io.tideline.door.centrifuge;

import io.quarkus.websockets.next.InboundProcessingMode;
import io.quarkus.websockets.next.OnBinaryMessage;
import io.quarkus.websockets.next.OnClose;
import io.quarkus.websockets.next.OnError;
import io.quarkus.websockets.next.OnOpen;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.WebSocket;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.annotation.NonBlocking;
import io.tideline.net.http.SocketSessions;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Singleton;

/** The endpoint of WebSockets that speak the Centrifuge protocol. */
@WebSocket(path = CentrifugeDoor.PATH, inboundProcessingMode = InboundProcessingMode.CONCURRENT)
@Singleton
public final class CentrifugeEndpoint {
  private final SocketSessions sessions;
  private final CentrifugeDoor door;

  CentrifugeEndpoint(SocketSessions sessions, CentrifugeDoor door) {
    this.sessions = sessions;
    this.door = door;
  }

  @OnOpen
  @NonBlocking
  void open(WebSocketConnection connection) {
    sessions.open(connection, door.session(), door.dialects(connection));
  }

  @OnTextMessage
  @NonBlocking
  void text(String text, WebSocketConnection connection) {
    sessions.of(connection).receive(text);
  }

  @OnBinaryMessage
  @NonBlocking
  void binary(Buffer message, WebSocketConnection connection) {
    sessions.of(connection).receive(message.getBytes());
  }

  @OnClose
  @NonBlocking
  void close(WebSocketConnection connection) {
    sessions.of(connection).closed();
  }

  @OnError
  @NonBlocking
  void error(Throwable failure, WebSocketConnection connection) {
    sessions.failed(connection, failure);
  }
}
