package io.tideline.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * What a connection brings in its turn, before its event loop looks after the others: one read of
 * at most 16 KiB. Netty's own 16 reads of 64 KiB may be thousands of small requests or frames,
 * which take a second.
 */
final class Turns implements RecvByteBufAllocator {
  private static final int BYTES_MAX = 16 << 10;

  /** Some ten requests. */
  private static final int BYTES_OF_A_FLOOD = 512;

  private static final RecvByteBufAllocator READS =
      new AdaptiveRecvByteBufAllocator(64, 2048, BYTES_MAX).maxMessagesPerRead(1);

  /** Before the connection's first read. */
  static void bound(Channel connection) {
    connection.config().setRecvByteBufAllocator(new Turns());
  }

  /** From now on it brings little; on its event loop. */
  static void shorten(Channel connection) {
    if (connection.unsafe().recvBufAllocHandle() instanceof Turn turn) {
      turn.isShort = true;
    }
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Turn((ExtendedHandle) READS.newHandle());
  }

  private static final class Turn extends DelegatingHandle implements ExtendedHandle {
    private boolean isShort;

    Turn(ExtendedHandle whole) {
      super(whole);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      return isShort ? buffers.ioBuffer(BYTES_OF_A_FLOOD) : super.allocate(buffers);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMore);
    }
  }
}
