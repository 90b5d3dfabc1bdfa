package io.tideline.hub;

import io.tideline.stream.Publication;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

/** A publication with its bytes in the formats that someone here asked for, each made once. */
final class EncodedPublication {
  /** Frames of formats that differ in what a client named; clients must not decide how many. */
  static final int VARIANTS_MAX = 4;

  private static final int OBJECT_BYTES = 320;
  private static final Object[] NONE = new Object[0];
  private static final AtomicReferenceFieldUpdater<EncodedPublication, Object[]> FRAMES =
      AtomicReferenceFieldUpdater.newUpdater(EncodedPublication.class, Object[].class, "frames");

  private final Publication publication;

  /**
   * A format, its frame, and so on: where there is one, as mostly, no smaller object could hold it.
   */
  private volatile Object[] frames = NONE;

  EncodedPublication(Publication publication) {
    this.publication = publication;
  }

  Publication publication() {
    return publication;
  }

  long offset() {
    return publication.offset();
  }

  /**
   * What it is counted with: the payload, a frame of about its size, and the objects around them.
   */
  int bytes() {
    return 2 * publication.payload().length() + OBJECT_BYTES;
  }

  /**
   * Two lanes may make the same frame at the same time, and then the first one is kept for both;
   * but one that is costly is made once.
   */
  byte[] frame(Format format) {
    byte[] known = find(frames, format);
    if (known != null) {
      return known;
    }
    return format.isCostly() ? makeOnce(format) : make(format);
  }

  private synchronized byte[] makeOnce(Format format) {
    byte[] known = find(frames, format);
    return known == null ? make(format) : known;
  }

  private byte[] make(Format format) {
    byte[] frame = format.encode(publication);
    while (true) {
      Object[] before = frames;
      byte[] first = find(before, format);
      if (first != null) {
        return first;
      }
      if (format.isVariant() && variants(before) >= VARIANTS_MAX) {
        return frame;
      }
      Object[] more = Arrays.copyOf(before, before.length + 2);
      more[before.length] = format;
      more[before.length + 1] = frame;
      if (FRAMES.compareAndSet(this, before, more)) {
        return frame;
      }
    }
  }

  private static int variants(Object[] frames) {
    int count = 0;
    for (int i = 0; i < frames.length; i += 2) {
      count += ((Format) frames[i]).isVariant() ? 1 : 0;
    }
    return count;
  }

  /** Null if there is none. */
  private static byte[] find(Object[] frames, Format format) {
    for (int i = 0; i < frames.length; i += 2) {
      if (frames[i] == format) {
        return (byte[]) frames[i + 1];
      }
    }
    return null;
  }
}
