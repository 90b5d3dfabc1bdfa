package io.tideline.session;

/** The writer of a connection on which a {@link Session} is held: whole frames, both ways. */
public interface SessionWriter extends ConnectionWriter {
  /**
   * Ends the connection behind what was written, and waits for the client's part for a bounded
   * time. Nothing can be written after it.
   *
   * @param reason at most 123 bytes (RFC 6455, 5.5)
   */
  void close(int code, String reason);

  /** Whether anything came from the client since the last heartbeat left. */
  boolean isAnswered();
}
