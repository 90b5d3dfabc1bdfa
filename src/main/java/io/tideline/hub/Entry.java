package io.tideline.hub;

import io.tideline.stream.Publication;
import java.util.Arrays;

/** A publication with its bytes in the formats that someone here asked for, each made once. */
final class Entry {
  private static final int OBJECT_BYTES = 320;
  private static final byte[][] NONE = new byte[0][];

  private final Publication publication;
  private volatile byte[][] frames = NONE;

  Entry(Publication publication) {
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
   * Two lanes may make the same frame at the same time; then one of the two equal results is kept.
   */
  byte[] frame(Format format) {
    byte[][] known = frames;
    int slot = format.slot();
    if (slot < known.length && known[slot] != null) {
      return known[slot];
    }
    byte[] frame = format.encode(publication);
    byte[][] more = Arrays.copyOf(known, Math.max(known.length, slot + 1));
    more[slot] = frame;
    frames = more;
    return frame;
  }
}
