package io.tideline.net.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tideline.testing.RawSocket;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/** What a client without a context does to messages (RFC 7692, 7.2). */
final class Deflated {
  private static final byte[] TAIL = {0, 0, -1, -1};

  private Deflated() {}

  static byte[] of(String text) {
    return of(text.getBytes(UTF_8));
  }

  static byte[] of(byte[] content) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(content);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] part = new byte[8_192];
    int made;
    do {
      made = deflater.deflate(part, 0, part.length, Deflater.SYNC_FLUSH);
      out.write(part, 0, made);
    } while (made == part.length);
    deflater.end();
    return Arrays.copyOf(out.toByteArray(), out.size() - TAIL.length);
  }

  static byte[] inflate(RawSocket.Frame frame) {
    byte[] deflated = new byte[frame.length()];
    frame.payload().duplicate().get(deflated);
    Inflater inflater = new Inflater(true);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] part = new byte[8_192];
    try {
      for (byte[] input : new byte[][] {deflated, TAIL}) {
        inflater.setInput(input);
        for (int made = inflater.inflate(part); made > 0; made = inflater.inflate(part)) {
          out.write(part, 0, made);
        }
      }
    } catch (DataFormatException e) {
      throw new AssertionError(e);
    } finally {
      inflater.end();
    }
    return out.toByteArray();
  }
}
