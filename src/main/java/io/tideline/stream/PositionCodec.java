package io.tideline.stream;

import io.tideline.stream.InvalidInputException.Subject;
import java.nio.BufferOverflowException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;

/**
 * The bytes behind position strings, base64url without padding.
 *
 * <pre>
 * position: 0x01, epoch (6 bytes), offset (varint)
 * vector:   0x02, epoch (6 bytes), count (1 byte), count × { hash (6 bytes), offset (varint) }
 * </pre>
 *
 * A varint is LEB128: seven bits a byte, the low ones first. Anything else, also bytes left over,
 * is refused.
 */
final class PositionCodec {
  static final long HASH_MAX = (1L << 48) - 1;
  static final String NOT_OURS = "This is not a position of this server.";

  private static final byte SINGLE = 1;
  private static final byte VECTOR = 2;
  private static final int VARINT_BYTES_MAX = 9;
  private static final int TEXT_CHARS_MAX = 1536;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private PositionCodec() {}

  static String encode(Position position) {
    ByteBuffer out = ByteBuffer.allocate(1 + 6 + VARINT_BYTES_MAX);
    out.put(SINGLE);
    put48(out, position.epoch());
    putVarint(out, position.offset());
    return text(out);
  }

  static String encode(VectorPosition vector) {
    ByteBuffer out = ByteBuffer.allocate(8 + vector.offsets().size() * (6 + VARINT_BYTES_MAX));
    out.put(VECTOR);
    put48(out, vector.epoch());
    out.put((byte) vector.offsets().size());
    vector
        .offsets()
        .forEach(
            (hash, offset) -> {
              put48(out, hash);
              putVarint(out, offset);
            });
    return text(out);
  }

  static Position parsePosition(String text) {
    ByteBuffer in = bytes(text, SINGLE);
    try {
      return end(in, new Position(get48(in), getVarint(in)));
    } catch (BufferUnderflowException e) {
      throw refused();
    }
  }

  static VectorPosition parseVector(String text) {
    ByteBuffer in = bytes(text, VECTOR);
    try {
      long epoch = get48(in);
      int count = in.get() & 0xff;
      Map<Long, Long> offsets = new HashMap<>();
      for (int i = 0; i < count; i++) {
        offsets.put(get48(in), getVarint(in));
      }
      return end(in, new VectorPosition(epoch, offsets));
    } catch (BufferUnderflowException | BufferOverflowException e) {
      throw refused();
    }
  }

  private static ByteBuffer bytes(String text, byte kind) {
    if (text == null || text.length() > TEXT_CHARS_MAX) {
      throw refused();
    }
    try {
      ByteBuffer in = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      if (in.hasRemaining() && in.get() == kind) {
        return in;
      }
    } catch (IllegalArgumentException notBase64) {
      throw refused();
    }
    throw refused();
  }

  private static <T> T end(ByteBuffer in, T value) {
    if (in.hasRemaining()) {
      throw refused();
    }
    return value;
  }

  private static InvalidInputException refused() {
    return new InvalidInputException(Subject.POSITION, NOT_OURS);
  }

  private static String text(ByteBuffer out) {
    byte[] bytes = new byte[out.flip().remaining()];
    out.get(bytes);
    return ENCODER.encodeToString(bytes);
  }

  private static void put48(ByteBuffer out, long value) {
    out.putShort((short) (value >>> 32)).putInt((int) value);
  }

  private static long get48(ByteBuffer in) {
    return ((in.getShort() & 0xffffL) << 32) | (in.getInt() & 0xffffffffL);
  }

  private static void putVarint(ByteBuffer out, long value) {
    long rest = value;
    while (rest > 0x7f) {
      out.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    out.put((byte) rest);
  }

  private static long getVarint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 7 * VARINT_BYTES_MAX; shift += 7) {
      byte b = in.get();
      value |= (b & 0x7fL) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw refused();
  }
}
