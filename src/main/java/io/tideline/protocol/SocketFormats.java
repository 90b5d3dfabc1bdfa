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
      new SocketFormats(WireFormat.WEBSOCKET_TEXT, WireFormat.WEBSOCKET_BINARY);

  private static final int TEXT_SLOT = 6;
  private static final int BINARY_SLOT = 7;

  /**
   * On connections with {@code permessage-deflate}: the same frames, deflated once for all of them.
   *
   * @param bytesMin publications that take fewer bytes stay as they are
   */
  public static SocketFormats deflated(int bytesMin, Events events) {
    return new SocketFormats(
        new DeflatedFormat(PLAIN.text, TEXT_SLOT, bytesMin, events),
        new DeflatedFormat(PLAIN.binary, BINARY_SLOT, bytesMin, events));
  }

  /** What is told to whoever counts; any thread. */
  public interface Events {
    /**
     * A frame was deflated.
     *
     * @param before bytes of the plain frame
     * @param after bytes of what is sent instead; as many if it didn't become smaller
     */
    void deflated(int before, int after);
  }
}
