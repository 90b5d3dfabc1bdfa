package io.tideline.net.websocket;

import java.time.Duration;

/**
 * What a WebSocket client may send. Whoever goes beyond it is closed: 1009 for size, 1008 for the
 * number of frames.
 *
 * @param messageBytesMax of one message, over all its fragments
 * @param fragmentsMax that one message may come in
 * @param controlFramesPerSecondMax pings and pongs
 * @param closeWait how long the client has to answer a close frame before the connection is cut
 */
public record SocketLimits(
    int messageBytesMax, int fragmentsMax, int controlFramesPerSecondMax, Duration closeWait) {
  /** What deflating may add to bytes that it can't make fewer: some for each block. */
  private static final int DEFLATED_SHARE = 256;

  private static final int DEFLATED_BYTES = 64;

  public SocketLimits {
    if (messageBytesMax < 1 || fragmentsMax < 1 || controlFramesPerSecondMax < 1) {
      throw new IllegalArgumentException(
          "The limits under tideline.transport.web-socket must be 1 or more");
    }
    if (closeWait.isNegative() || closeWait.isZero()) {
      throw new IllegalArgumentException("close-wait must be longer than 0");
    }
  }

  /** Of one message as it comes compressed. */
  int deflatedBytesMax() {
    return messageBytesMax + messageBytesMax / DEFLATED_SHARE + DEFLATED_BYTES;
  }
}
