package io.tideline.net.websocket;

import io.tideline.protocol.JsonBuffer;

/**
 * Whole, unmasked server frames of RFC 6455, not fragmented. A frame is built behind {@value
 * #HEADER_BYTES_MAX} bytes of room, since the length of its header depends on what follows.
 */
public final class WebSocketFrames {
  public static final int HEADER_BYTES_MAX = 10;

  private static final int FIN_TEXT = 0x81;
  private static final int FIN_BINARY = 0x82;

  /** On the first frame of a message: it is compressed (RFC 7692, 6). */
  private static final int RSV1 = 0x40;

  private static final int LENGTH_7_BITS_MAX = 125;
  private static final int LENGTH_16_BITS_MAX = 0xffff;
  private static final int LENGTH_IS_16_BITS = 126;
  private static final int LENGTH_IS_64_BITS = 127;

  private static final byte[] PING = {(byte) 0x89, 0};

  private WebSocketFrames() {}

  /** A ping without a payload; not to be changed. */
  public static byte[] ping() {
    return PING;
  }

  /** Whether a frame of ours is a ping. */
  public static boolean isPing(byte[] frame) {
    return frame[0] == PING[0];
  }

  /** Where the payload begins in a frame of ours; it goes on to the end. */
  public static int payloadOffset(byte[] frame) {
    int length = frame[1];
    return length <= LENGTH_7_BITS_MAX ? 2 : length == LENGTH_IS_16_BITS ? 4 : HEADER_BYTES_MAX;
  }

  public static boolean isBinary(byte[] frame) {
    return (frame[0] & 0xff) == FIN_BINARY;
  }

  /** The frame around what stands in the buffer behind {@value #HEADER_BYTES_MAX} bytes of room. */
  public static byte[] text(JsonBuffer content) {
    return frame(FIN_TEXT, content);
  }

  /** Likewise. */
  public static byte[] binary(JsonBuffer content) {
    return frame(FIN_BINARY, content);
  }

  /** The frame that says the same with its content deflated. */
  public static byte[] deflated(byte[] frame, byte[] content) {
    JsonBuffer out = new JsonBuffer(HEADER_BYTES_MAX + content.length).skip(HEADER_BYTES_MAX);
    return frame(frame[0] | RSV1, out.raw(content));
  }

  private static byte[] frame(int opcode, JsonBuffer content) {
    int length = content.length() - HEADER_BYTES_MAX;
    int lengthBytes = length <= LENGTH_7_BITS_MAX ? 0 : length <= LENGTH_16_BITS_MAX ? 2 : 8;
    int start = HEADER_BYTES_MAX - 2 - lengthBytes;
    content.set(start, opcode);
    content.set(
        start + 1,
        lengthBytes == 0 ? length : lengthBytes == 2 ? LENGTH_IS_16_BITS : LENGTH_IS_64_BITS);
    for (int i = 0; i < lengthBytes; i++) {
      int shift = 8 * (lengthBytes - 1 - i);
      content.set(start + 2 + i, shift >= Integer.SIZE ? 0 : length >>> shift);
    }
    return content.copyFrom(start);
  }
}
