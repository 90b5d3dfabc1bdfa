package parts;

import java.util.ArrayList;
import java.util.List;

/** One message that a publisher tried to store. Guarded by its {@link ChannelLog}. */
final class Message {
  /** A reader that sees no offsets took this message for the one at {@code offset}. */
  record Claim(String reader, long offset) {}

  final String label;

  /** The largest offset acknowledged before the first try: this message must stand above it. */
  final long floor;

  final long triedNanos = System.nanoTime();
  final List<Claim> claims = new ArrayList<>(1);

  /** 0 as long as nobody has told. */
  long offset;

  /** 0 as long as it is not acknowledged. */
  long acknowledgedNanos;

  boolean refused;

  Message(String label, long floor) {
    this.label = label;
    this.floor = floor;
  }

  boolean acknowledged() {
    return acknowledgedNanos != 0;
  }
}
