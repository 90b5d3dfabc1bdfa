package io.tideline.net.out;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import io.tideline.hub.FrameBatch;
import io.vertx.core.buffer.Buffer;

/**
 * The frames of a run, one after the other, made once for all connections of a lane that stand at
 * the same place: outside the heap, so that the kernel takes them from where they are.
 */
public final class SharedBytes implements FrameBatch.Shared {
  private final FrameBatch run;
  private ByteBuf joined;
  private ByteBuf chunk;
  private Buffer buffer;

  private SharedBytes(FrameBatch run) {
    this.run = run;
  }

  public static SharedBytes of(FrameBatch run) {
    return run.shared(SharedBytes.class, SharedBytes::new);
  }

  /** The frames alone, as a reference that whoever writes it gives away. */
  public ByteBuf joined() {
    if (joined == null) {
      joined = PooledByteBufAllocator.DEFAULT.directBuffer(run.bytes());
      append(joined, run.frames());
    }
    return joined.retainedDuplicate();
  }

  /** The frames as one chunk of HTTP/1.1, likewise. */
  ByteBuf chunk() {
    if (chunk == null) {
      chunk = Chunk.of(PooledByteBufAllocator.DEFAULT, run.bytes(), run.frames());
    }
    return chunk.retainedDuplicate();
  }

  /** The frames on the heap; may be written many times, and need not be given back. */
  Buffer buffer() {
    if (buffer == null) {
      buffer = Buffer.buffer(run.bytes());
      for (byte[] frame : run.frames()) {
        buffer.appendBytes(frame);
      }
    }
    return buffer;
  }

  @Override
  public void release() {
    ReferenceCountUtil.release(joined);
    ReferenceCountUtil.release(chunk);
  }

  private static void append(ByteBuf out, byte[][] parts) {
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
  }
}
