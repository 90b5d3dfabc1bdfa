package io.tideline.net.websocket;

import io.tideline.hub.Format;

/**
 * The compression of WebSocket messages, as it is set for all doors.
 *
 * @param bytesMin publications that take fewer bytes stay as they are
 */
public record Deflation(int bytesMin, DeflatedFormat.Events events) {
  /** The same frames, deflated once for all connections; each call makes another format. */
  public Format of(Format plain) {
    return new DeflatedFormat(plain, bytesMin, events);
  }
}
