package io.tideline.door.centrifuge;

import io.tideline.presence.Seat;
import java.util.Arrays;

/**
 * The two infos of a client in a channel, as one seat keeps them: the length of the first one (two
 * bytes, big-endian), the connection's, the channel's.
 */
final class SeatInfo {
  static final byte[] NOTHING = {};

  private static final int LENGTH_BYTES = 2;

  /** Bytes of either. */
  static final int PART_BYTES_MAX = (Seat.INFO_BYTES_MAX - LENGTH_BYTES) / 2;

  private SeatInfo() {}

  static byte[] join(byte[] connection, byte[] channel) {
    byte[] joined = new byte[LENGTH_BYTES + connection.length + channel.length];
    joined[0] = (byte) (connection.length >>> 8);
    joined[1] = (byte) connection.length;
    System.arraycopy(connection, 0, joined, LENGTH_BYTES, connection.length);
    System.arraycopy(channel, 0, joined, LENGTH_BYTES + connection.length, channel.length);
    return joined;
  }

  static byte[] ofConnection(byte[] joined) {
    int end = boundary(joined);
    return end == 0 ? NOTHING : Arrays.copyOfRange(joined, LENGTH_BYTES, end);
  }

  static byte[] ofChannel(byte[] joined) {
    int start = boundary(joined);
    return start == 0 ? NOTHING : Arrays.copyOfRange(joined, start, joined.length);
  }

  /** Behind the first one; 0 for what this door didn't join. */
  private static int boundary(byte[] joined) {
    if (joined.length < LENGTH_BYTES) {
      return 0;
    }
    int end = LENGTH_BYTES + (((joined[0] & 0xff) << 8) | (joined[1] & 0xff));
    return end <= joined.length ? end : 0;
  }
}
