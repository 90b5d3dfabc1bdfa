package io.tideline.simulation;

import io.tideline.stream.Payload;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Payloads that differ, with a text to know them by. */
final class Payloads {
  private Payloads() {}

  static Payload of(String text, int bytes) {
    byte[] head = text.getBytes(StandardCharsets.US_ASCII);
    byte[] padded = Arrays.copyOf(head, Math.max(head.length, bytes));
    Arrays.fill(padded, head.length, padded.length, (byte) ' ');
    return new Payload("text/plain", padded);
  }

  static String text(Payload payload) {
    byte[] bytes = payload.bytes();
    int length = 0;
    while (length < bytes.length && bytes[length] != ' ') {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }
}
