package io.tideline.stream;

import io.tideline.stream.InvalidInputException.Subject;

/**
 * Where a reader of one channel stands: just after {@code offset} in the log's incarnation {@code
 * epoch}. On the wire it is an opaque, URL-safe string that clients store and return and never
 * parse.
 *
 * @param epoch 48 bits, random per incarnation
 * @param offset 0 (before the first publication) or the offset of the last one read
 */
public record Position(long epoch, long offset) {
  public static final int ENCODED_CHARS_MAX = 24;

  public Position {
    if (epoch < 0 || epoch > PositionCodec.HASH_MAX || offset < 0) {
      throw new InvalidInputException(Subject.POSITION, PositionCodec.NOT_OURS);
    }
  }

  public static Position parse(String text) {
    return PositionCodec.parsePosition(text);
  }

  /** The form that clients see. */
  public String encode() {
    return PositionCodec.encode(this);
  }

  @Override
  public String toString() {
    return encode();
  }
}
