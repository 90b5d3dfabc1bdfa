package io.tideline.hub;

import io.tideline.stream.Publication;
import java.util.List;
import java.util.function.Function;

/**
 * Consecutive publications of one channel in one format: what a cursor moves over in one write.
 * Many outlets on a lane get the same batch, so what a transport makes of it (say a buffer outside
 * the heap) is made once and kept with it until the wake is over.
 */
public final class FrameBatch {
  private final Format format;
  private final List<Publication> publications;
  private final byte[][] frames;
  private final int bytes;
  private Shared shared;

  /** Of the same wake and channel, in another format; null if there is none. */
  private FrameBatch other;

  FrameBatch(Format format, List<Publication> publications, byte[][] frames) {
    this.format = format;
    this.publications = publications;
    this.frames = frames;
    int sum = 0;
    for (byte[] frame : frames) {
      sum += frame.length;
    }
    this.bytes = sum;
  }

  public Format format() {
    return format;
  }

  /** Never empty; offsets ascend without holes. */
  public List<Publication> publications() {
    return publications;
  }

  /** One frame per publication; not to be changed. */
  public byte[][] frames() {
    return frames;
  }

  /** Of all frames. */
  public int bytes() {
    return bytes;
  }

  public long lastOffset() {
    return publications.get(publications.size() - 1).offset();
  }

  FrameBatch other() {
    return other;
  }

  void other(FrameBatch newOther) {
    other = newOther;
  }

  /** Whether its first publication is this one. */
  boolean begins(long epoch, long offset) {
    Publication first = publications.get(0);
    return first.offset() == offset && first.epoch() == epoch;
  }

  /**
   * What the transport made of this batch, made at the first call. All callers must ask for the
   * same type.
   */
  public <T extends Shared> T shared(Class<T> type, Function<FrameBatch, T> make) {
    if (shared == null) {
      shared = make.apply(this);
    }
    return type.cast(shared);
  }

  /** The wake is over; outlets have taken their own references. */
  void release() {
    if (shared != null) {
      shared.release();
      shared = null;
    }
  }

  /** Something made of a batch that must be given back. */
  public interface Shared {
    void release();
  }
}
