package io.tideline.hub;

import io.tideline.stream.Publication;

/**
 * One way of writing a publication on the wire, complete with its framing, so that frames can be
 * strung together. Stateless; any thread.
 *
 * <p>Frames are kept by the format that made them, and shared by all connections that have the same
 * one: so a protocol makes each of its formats once, and lends all its outlets the same object.
 */
public interface Format {
  /**
   * Whether a frame costs so much that lanes rather wait for one of them to make it than each make
   * it.
   */
  default boolean isCostly() {
    return false;
  }

  /**
   * Whether it is one of many formats that differ in something a client named, as its identifier of
   * the subscription. A publication keeps the frames of all others, and of {@value
   * EncodedPublication#VARIANTS_MAX} of these; more are made anew for each batch that needs them.
   *
   * @see FormatVariants
   */
  default boolean isVariant() {
    return false;
  }

  /** The frame of one publication. */
  byte[] encode(Publication publication);
}
