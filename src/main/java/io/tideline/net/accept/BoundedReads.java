package io.tideline.net.accept;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * A bound on what a connection brings in its turn, before its event loop looks after the others:
 * one read of at most 16 KiB. Netty's own 16 reads of 64 KiB may be thousands of small requests or
 * frames, which take a second.
 */
public final class BoundedReads implements RecvByteBufAllocator {
  private static final int BYTES_MAX = 16 << 10;

  /**
   * Of a connection of HTTP/2, whose requests needn't wait for each other: 40 small ones, of which
   * each may cost some tenths of a millisecond.
   */
  public static final int HTTP2_BYTES = 4 << 10;

  /** Of one that has begun too many. */
  static final int FLOOD_BYTES = 512;

  private static final BoundedReads ALL = new BoundedReads();

  private static final RecvByteBufAllocator READS =
      new AdaptiveRecvByteBufAllocator(64, 2048, BYTES_MAX).maxMessagesPerRead(1);

  private BoundedReads() {}

  /** Before the connection's first read. */
  public static void bound(Channel connection) {
    connection.config().setRecvByteBufAllocator(ALL);
  }

  /** From now on it brings no more than that; on its event loop. */
  public static void shorten(Channel connection, int bytes) {
    if (connection.unsafe().recvBufAllocHandle() instanceof Turn turn) {
      turn.bytesMax = bytes;
    }
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Turn((ExtendedHandle) READS.newHandle());
  }

  private static final class Turn extends DelegatingHandle implements ExtendedHandle {
    private int bytesMax = BYTES_MAX;

    Turn(ExtendedHandle whole) {
      super(whole);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      return buffers.ioBuffer(Math.min(guess(), bytesMax));
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMore);
    }
  }
}
