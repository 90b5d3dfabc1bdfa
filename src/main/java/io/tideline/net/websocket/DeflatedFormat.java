package io.tideline.net.websocket;

import io.tideline.hub.Format;
import io.tideline.stream.Publication;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * The WebSocket frames of another format, deflated where that makes them smaller (RFC 7692, 7.2.1).
 * No context is kept from one message to the next, so a frame fits every connection that negotiated
 * the extension, and nothing is ever compressed together with another message.
 *
 * <p>Each thread that encodes keeps one compressor (some 256 KiB outside the heap).
 */
public final class DeflatedFormat implements Format {
  private static final ThreadLocal<Deflater> DEFLATER =
      ThreadLocal.withInitial(() -> new Deflater(Deflater.DEFAULT_COMPRESSION, true));

  /** What a flush ends with; the other side puts it back. */
  private static final int FLUSH_BYTES = 4;

  private final Format plain;
  private final int bytesMin;
  private final Events events;

  /**
   * Makes the format; one is enough for all connections.
   *
   * @param plain of WebSocket frames
   * @param bytesMin content that is shorter stays as it is
   */
  public DeflatedFormat(Format plain, int bytesMin, Events events) {
    this.plain = plain;
    this.bytesMin = bytesMin;
    this.events = events;
  }

  @Override
  public boolean isCostly() {
    return true;
  }

  @Override
  public boolean isVariant() {
    return plain.isVariant();
  }

  @Override
  public byte[] encode(Publication publication) {
    byte[] frame = plain.encode(publication);
    int start = WebSocketFrames.payloadOffset(frame);
    int length = frame.length - start;
    if (length < bytesMin) {
      return frame;
    }
    byte[] content = deflate(frame, start, length);
    byte[] deflated = content == null ? frame : WebSocketFrames.deflated(frame, content);
    events.deflated(frame.length, deflated.length);
    return deflated;
  }

  /** Null if it doesn't become smaller. */
  private static byte[] deflate(byte[] frame, int start, int length) {
    Deflater deflater = DEFLATER.get();
    try {
      deflater.setInput(frame, start, length);
      byte[] out = new byte[length + FLUSH_BYTES];
      int written = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
      return written < out.length ? Arrays.copyOf(out, written - FLUSH_BYTES) : null;
    } finally {
      deflater.reset();
    }
  }

  /** The counters of what was deflated; any thread. */
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
