package io.tideline.net.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Undoes what a client did to a message by permessage-deflate without a context (RFC 7692, 7.2.2).
 * Each event loop keeps one inflater (some 40 KiB outside the heap) for all its connections.
 */
final class Inflation {
  private static final ThreadLocal<Inflater> INFLATER =
      ThreadLocal.withInitial(() -> new Inflater(true));

  /**
   * What the sender left out, and a last block, empty: whoever is told so amid a block doesn't take
   * it for the end, so a message that was cut off shows.
   */
  private static final byte[] END = {0, 0, -1, -1, 1, 0, 0, -1, -1};

  private static final int FIRST_BYTES_MIN = 256;

  /** What text is mostly deflated to. */
  private static final int RATIO = 4;

  private Inflation() {}

  /**
   * What a whole message was before it was deflated; null if that is more than {@code bytesMax}
   * bytes, of which no more is made.
   *
   * @param deflated stays the caller's
   * @throws DataFormatException if it is no such message
   */
  static @Nullable ByteBuf inflate(ByteBuf deflated, int bytesMax, ByteBufAllocator allocator)
      throws DataFormatException {
    int first = Math.max(FIRST_BYTES_MIN, RATIO * deflated.readableBytes());
    ByteBuf out = allocator.buffer(Math.min(first, bytesMax + 1), bytesMax + 1);
    Inflater inflater = INFLATER.get();
    ByteBuf whole = null;
    try {
      if (inflate(inflater, deflated.nioBuffer(), out)) {
        end(inflater);
        whole = out;
      }
      return whole;
    } finally {
      inflater.reset();
      if (whole == null) {
        out.release();
      }
    }
  }

  /** False if there is no room for all of it. */
  private static boolean inflate(Inflater inflater, ByteBuffer in, ByteBuf out)
      throws DataFormatException {
    inflater.setInput(in);
    while (out.maxWritableBytes() > 0) {
      out.ensureWritable(1);
      int room = out.writableBytes();
      int made = inflater.inflate(out.nioBuffer(out.writerIndex(), room));
      out.writerIndex(out.writerIndex() + made);
      if (inflater.finished()) {
        // A sender may end with a last block, and then begin another one (RFC 7692, 7.2.3.4).
        inflater.reset();
        inflater.setInput(in);
      } else if (made < room) {
        return true;
      }
    }
    return false;
  }

  private static void end(Inflater inflater) throws DataFormatException {
    inflater.setInput(END);
    int more = inflater.inflate(new byte[1]);
    if (more > 0 || !inflater.finished() || inflater.getRemaining() > 0) {
      throw new DataFormatException("ends amid a block");
    }
  }
}
