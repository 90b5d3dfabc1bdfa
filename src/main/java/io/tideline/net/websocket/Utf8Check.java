package io.tideline.net.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;

/**
 * Whether bytes that come in pieces are UTF-8 (RFC 3629): characters may be cut by the pieces, but
 * not by the end. A wrong byte is known as soon as it comes.
 */
final class Utf8Check implements ByteProcessor {
  private static final int CONTINUATION_LOW = 0x80;
  private static final int CONTINUATION_HIGH = 0xbf;

  /** Continuation bytes that the current character still lacks. */
  private int missing;

  /** What the next of them may be: after some first bytes less than any. */
  private int low;

  private int high;

  /** Takes the readable bytes, without moving the reader; false if they can't stand here. */
  boolean accept(ByteBuf bytes) {
    return bytes.forEachByte(this) < 0;
  }

  /** Whether no character is begun. */
  boolean isComplete() {
    return missing == 0;
  }

  /** Forgets what came. */
  void reset() {
    missing = 0;
  }

  @Override
  public boolean process(byte value) {
    if (missing == 0) {
      return value >= 0 || begin(value & 0xff);
    }
    int next = value & 0xff;
    boolean fits = next >= low && next <= high;
    missing--;
    low = CONTINUATION_LOW;
    high = CONTINUATION_HIGH;
    return fits;
  }

  /** The second byte rules out overlong forms, surrogates and what is above U+10FFFF. */
  private boolean begin(int first) {
    missing = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : CONTINUATION_LOW;
    high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : CONTINUATION_HIGH;
    return first >= 0xc2 && first <= 0xf4;
  }
}
