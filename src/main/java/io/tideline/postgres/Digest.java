package io.tideline.postgres;

import io.tideline.stream.Message;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * By which a repeated publish is told from another one under the same key: the first 16 bytes of
 * SHA-256 over content type, type, headers in order of their names, and the payload, each but the
 * payload ended by a zero byte. {@code tideline.digest} computes the same for the outbox.
 */
final class Digest {
  private static final int BYTES = 16;

  private Digest() {}

  static byte[] of(Message message) {
    MessageDigest sha256 = sha256();
    put(sha256, message.payload().contentType());
    put(sha256, message.type());
    for (Map.Entry<String, String> header : new TreeMap<>(message.headers()).entrySet()) {
      put(sha256, header.getKey());
      put(sha256, header.getValue());
    }
    sha256.update((byte) 0);
    sha256.update(message.payload().bytes());
    return Arrays.copyOf(sha256.digest(), BYTES);
  }

  private static void put(MessageDigest sha256, String text) {
    if (text != null) {
      sha256.update(text.getBytes(StandardCharsets.UTF_8));
    }
    sha256.update((byte) 0);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
