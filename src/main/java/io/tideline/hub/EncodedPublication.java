package io.tideline.hub;

import io.tideline.stream.Publication;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

/** A publication with its bytes in the formats that someone here asked for, each made once. */
final class EncodedPublication {
  private static final int OBJECT_BYTES = 320;
  private static final byte[][] NONE = new byte[0][];
  private static final AtomicReferenceFieldUpdater<EncodedPublication, byte[][]> FRAMES =
      AtomicReferenceFieldUpdater.newUpdater(EncodedPublication.class, byte[][].class, "frames");

  private final Publication publication;
  private volatile byte[][] frames = NONE;

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
    byte[] known = known(format.slot());
    if (known != null) {
      return known;
    }
    return format.isCostly() ? makeOnce(format) : make(format);
  }

  private synchronized byte[] makeOnce(Format format) {
    byte[] known = known(format.slot());
    return known == null ? make(format) : known;
  }

  private byte[] known(int slot) {
    byte[][] known = frames;
    return slot < known.length ? known[slot] : null;
  }

  private byte[] make(Format format) {
    int slot = format.slot();
    byte[] frame = format.encode(publication);
    while (true) {
      byte[][] before = frames;
      if (slot < before.length && before[slot] != null) {
        return before[slot];
      }
      byte[][] more = Arrays.copyOf(before, Math.max(before.length, slot + 1));
      more[slot] = frame;
      if (FRAMES.compareAndSet(this, before, more)) {
        return frame;
      }
    }
  }
}
