package io.tideline.door.tideline;

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
import io.tideline.net.websocket.Deflation;
import io.tideline.protocol.WireLimits;
import io.tideline.session.SessionContext;
import io.vertx.core.buffer.Buffer;
import jakarta.inject.Singleton;

/** The endpoint of WebSockets that speak {@code tideline.v1}. */
@WebSocket(path = SocketUpgrade.PATH, inboundProcessingMode = InboundProcessingMode.CONCURRENT)
@Singleton
public final class SocketEndpoint {
  private final SocketSessions sessions;
  private final SessionContext context;
  private final CommandParser parser;
  private final SocketFormats deflated;

  SocketEndpoint(
      SocketSessions sessions, SessionContext context, WireLimits limits, Deflation deflation) {
    this.sessions = sessions;
    this.context = context;
    this.parser = new CommandParser(limits);
    this.deflated = SocketFormats.deflated(deflation);
  }

  @OnOpen
  @NonBlocking
  void open(WebSocketConnection connection) {
    sessions.open(
        connection,
        context,
        takesDeflated ->
            new TidelineDialect(parser, takesDeflated ? deflated : SocketFormats.PLAIN));
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
