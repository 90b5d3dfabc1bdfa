package io.tideline.protocol;

import io.tideline.hub.Format;

/**
 * What publications are written in on a WebSocket.
 *
 * @param text for clients that take text frames only
 * @param binary for those that take binary frames where a payload is neither JSON nor text
 */
public record SocketFormats(Format text, Format binary) {
  /** On connections without an extension. */
  public static final SocketFormats PLAIN =
      new SocketFormats(TidelineFormat.TEXT, TidelineFormat.BINARY);

  /**
   * On connections with {@code permessage-deflate}: the same frames, deflated once for all of them.
   *
   * @param bytesMin publications that take fewer bytes stay as they are
   */
  public static SocketFormats deflated(int bytesMin, DeflatedFormat.Events events) {
    return new SocketFormats(
        new DeflatedFormat(PLAIN.text, bytesMin, events),
        new DeflatedFormat(PLAIN.binary, bytesMin, events));
  }
}
