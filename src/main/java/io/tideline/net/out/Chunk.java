package io.tideline.net.out;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** Ready-made chunks of HTTP/1.1: the length in hexadecimal digits, the bytes, each with a CRLF. */
final class Chunk {
  /** Eight digits and two line ends. */
  private static final int FRAMING_BYTES_MAX = 12;

  private static final short CRLF = 0x0d0a;

  private Chunk() {}

  /** A buffer outside the heap with all parts in one chunk. */
  static ByteBuf of(ByteBufAllocator allocator, int bytes, byte[]... parts) {
    ByteBuf chunk = allocator.directBuffer(bytes + FRAMING_BYTES_MAX);
    chunk.writeCharSequence(Integer.toHexString(bytes), StandardCharsets.US_ASCII);
    chunk.writeShort(CRLF);
    for (byte[] part : parts) {
      chunk.writeBytes(part);
    }
    return chunk.writeShort(CRLF);
  }

  static int bytes(byte[]... parts) {
    int sum = 0;
    for (byte[] part : parts) {
      sum += part.length;
    }
    return sum;
  }
}
