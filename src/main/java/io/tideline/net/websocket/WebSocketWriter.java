package io.tideline.net.websocket;

import io.tideline.session.SessionWriter;

/** The writer of a WebSocket: whole, unmasked frames. */
public interface WebSocketWriter extends SessionWriter {
  /** Of a close frame's reason (RFC 6455, 5.5). */
  int REASON_BYTES_MAX = 123;
}
