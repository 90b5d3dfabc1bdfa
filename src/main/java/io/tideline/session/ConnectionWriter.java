package io.tideline.session;

import io.tideline.hub.FrameBatch;

/**
 * The writer of one connection's bytes, in the order of the calls. On the connection's lane only;
 * nothing blocks or throws, and once the connection is gone nothing happens any more.
 *
 * <p>What waits to leave is bounded: whoever asks {@link #room()} before writing holds at most
 * {@value #BYTES_MAX} bytes here, or one message that is larger. A buffer that is shared with other
 * connections counts in full for each, until the last of its bytes has left.
 */
public interface ConnectionWriter {
  /** Bytes that may wait to leave. */
  int BYTES_MAX = 64 * 1024;

  /**
   * Bytes that can be written now. Whoever is told less than all ({@value #BYTES_MAX}) and stops is
   * called back ({@code writable}) when what waits has left; the kernel still has enough to send
   * then, so the connection doesn't run dry.
   */
  int room();

  /** Whether nothing waits to leave. */
  boolean isDrained();

  /** Writes the frames of a run; what is made of them is made once for all connections. */
  void write(FrameBatch run);

  /** Writes whole frames or events that are for this connection alone, in one piece. */
  void write(byte[]... parts);

  /** Lets everything leave that was written. */
  void flush();

  /**
   * Sends at once what keeps such a connection alive: a ping, a comment. The last one must have
   * left before.
   *
   * @param frame as {@link #write(byte[]...)} takes it
   */
  void beat(byte[] frame);

  /**
   * Whether the last heartbeat has left, or none was sent. A connection that stands still lets it
   * wait.
   */
  boolean isBeatGone();

  /** Ends the connection at once; what waits is lost. */
  void drop();
}
