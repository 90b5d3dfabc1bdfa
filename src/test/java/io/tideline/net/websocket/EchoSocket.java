package io.tideline.net.websocket;

import io.quarkus.websockets.next.OnBinaryMessage;
import io.quarkus.websockets.next.OnTextMessage;
import io.quarkus.websockets.next.WebSocket;
import io.vertx.core.buffer.Buffer;

/** Sends back what comes: what RFC 6455 is tried on. */
@WebSocket(path = "/test/echo")
public class EchoSocket {
  @OnTextMessage
  String text(String message) {
    return message;
  }

  @OnBinaryMessage
  Buffer binary(Buffer message) {
    return message;
  }
}
