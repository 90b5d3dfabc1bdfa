package io.tideline.hub;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The newest publications of a channel: a ring over consecutive offsets. One thread writes, any
 * thread reads; a reader may find that what it wants has just been dropped, and then gets null.
 */
final class Tail {
  private static final int SLOTS_MIN = 8;

  private volatile AtomicReferenceArray<EncodedPublication> ring =
      new AtomicReferenceArray<>(SLOTS_MIN);
  private volatile long from;
  private long to;
  private int bytes;

  /** An empty tail whose first entry will have the offset after {@code to}. */
  Tail(long to) {
    reset(to);
  }

  /** The oldest offset held; one more than the newest if there is none. */
  long from() {
    return from;
  }

  /** Bytes held, as {@link EncodedPublication#bytes()} counts. Writer only. */
  int bytes() {
    return bytes;
  }

  /** Entries held. Writer only. */
  int size() {
    return (int) (to + 1 - from);
  }

  /** Null if it isn't held. */
  EncodedPublication get(long offset) {
    AtomicReferenceArray<EncodedPublication> slots = ring;
    EncodedPublication entry = slots.get(slot(slots, offset));
    return entry != null && entry.offset() == offset ? entry : null;
  }

  /** Writer only. The entry's offset is the one after the newest. */
  void append(EncodedPublication entry) {
    if (entry.offset() != to + 1) {
      throw new IllegalStateException(
          "the tail ends at " + to + ", so it can't take " + entry.offset());
    }
    if (size() == ring.length()) {
      grow();
    }
    ring.set(slot(ring, entry.offset()), entry);
    to = entry.offset();
    bytes += entry.bytes();
  }

  /**
   * Writer only. Drops the oldest until it is within both bounds; the newest entry always stays.
   */
  void trim(int entriesMax, int bytesMax) {
    while (size() > 1 && (size() > entriesMax || bytes > bytesMax)) {
      dropOldest();
    }
  }

  /** Writer only. Drops everything up to {@code offset}, inclusive. */
  void dropThrough(long offset) {
    while (size() > 0 && from <= offset) {
      dropOldest();
    }
  }

  /** Writer only. Drops everything; the next entry will have the offset after {@code newTo}. */
  final void reset(long newTo) {
    ring = new AtomicReferenceArray<>(SLOTS_MIN);
    from = newTo + 1;
    to = newTo;
    bytes = 0;
  }

  private void dropOldest() {
    long oldest = from;
    int slot = slot(ring, oldest);
    bytes -= ring.get(slot).bytes();
    ring.set(slot, null);
    from = oldest + 1;
  }

  private void grow() {
    AtomicReferenceArray<EncodedPublication> larger = new AtomicReferenceArray<>(ring.length() * 2);
    for (long offset = from; offset <= to; offset++) {
      larger.set(slot(larger, offset), ring.get(slot(ring, offset)));
    }
    ring = larger;
  }

  private static int slot(AtomicReferenceArray<EncodedPublication> slots, long offset) {
    return (int) offset & (slots.length() - 1);
  }
}
