package io.tideline.door.tideline;

import io.tideline.hub.Format;
import io.tideline.net.websocket.Deflation;

/**
 * The formats of publications on a WebSocket.
 *
 * @param text for clients that take text frames only
 * @param binary for those that take binary frames where a payload is neither JSON nor text
 */
record SocketFormats(Format text, Format binary) {
  /** On connections without an extension. */
  static final SocketFormats PLAIN = new SocketFormats(TidelineFormat.TEXT, TidelineFormat.BINARY);

  /** On connections with {@code permessage-deflate}. */
  static SocketFormats deflated(Deflation deflation) {
    return new SocketFormats(deflation.of(PLAIN.text), deflation.of(PLAIN.binary));
  }
}
