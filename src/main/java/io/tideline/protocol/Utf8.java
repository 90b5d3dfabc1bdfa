package io.tideline.protocol;

/** Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
public final class Utf8 {
  private Utf8() {}

  public static boolean isValid(byte[] bytes) {
    int i = 0;
    while (i < bytes.length) {
      int next = bytes[i] >= 0 ? i + 1 : afterSequence(bytes, i);
      if (next < 0) {
        return false;
      }
      i = next;
    }
    return true;
  }

  /** Where the multi-byte character that begins at {@code at} ends, or -1 if it is none. */
  static int afterSequence(byte[] bytes, int at) {
    int first = bytes[at] & 0xff;
    if (first < 0xc2 || first > 0xf4) {
      return -1;
    }
    int end = at + (first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);
    if (end > bytes.length || !isSecondAfter(first, bytes[at + 1] & 0xff)) {
      return -1;
    }
    for (int i = at + 2; i < end; i++) {
      if ((bytes[i] & 0xc0) != 0x80) {
        return -1;
      }
    }
    return end;
  }

  /** The second byte rules out overlong forms, surrogates and what is above U+10FFFF. */
  private static boolean isSecondAfter(int first, int second) {
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= low && second <= high;
  }

  public static boolean contains(byte[] bytes, char ascii) {
    for (byte b : bytes) {
      if (b == ascii) {
        return true;
      }
    }
    return false;
  }
}
