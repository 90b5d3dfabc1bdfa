package io.tideline.hub;

import io.tideline.stream.Publication;

/**
 * One way of writing a publication on the wire, complete with its framing, so that frames can be
 * strung together. Stateless; any thread.
 */
public interface Format {
  /** Slots that exist. */
  int SLOTS_MAX = 8;

  /**
   * Where entries of a tail keep their bytes in this format: 0 to {@link #SLOTS_MAX} - 1, one
   * format a slot.
   */
  int slot();

  /**
   * Whether a frame costs so much that lanes rather wait for one of them to make it than each make
   * it.
   */
  default boolean isCostly() {
    return false;
  }

  /** The frame of one publication. */
  byte[] encode(Publication publication);
}
