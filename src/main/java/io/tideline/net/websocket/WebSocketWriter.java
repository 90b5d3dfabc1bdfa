package io.tideline.net.websocket;

import io.tideline.session.ConnectionWriter;

/** The writer of a WebSocket: whole, unmasked frames. */
public interface WebSocketWriter extends ConnectionWriter {
  /** What {@link #close} may say beside the code. */
  int REASON_BYTES_MAX = 123;

  /**
   * Sends a close frame behind what was written, and waits for the client's for a bounded time.
   * Nothing can be written after it.
   *
   * @param reason at most {@value #REASON_BYTES_MAX} bytes
   */
  void close(int code, String reason);

  /** Whether the client takes compressed messages; on it or off it for the connection's life. */
  boolean takesDeflated();

  /** Whether anything came from the client since the last heartbeat left. */
  boolean isAnswered();
}
