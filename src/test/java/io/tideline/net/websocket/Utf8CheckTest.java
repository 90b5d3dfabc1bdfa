package io.tideline.net.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The JDK's decoder says what is UTF-8; the check must agree, however the bytes are cut. */
class Utf8CheckTest {
  /** One byte of each kind that the rules tell apart, and its neighbours. */
  private static final int[] EDGES = {
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed,
    0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff
  };

  @Test
  void agreesOnAllSequencesOfFourEdges() {
    byte[] bytes = new byte[4];
    for (int a : EDGES) {
      for (int b : EDGES) {
        for (int c : EDGES) {
          for (int d : EDGES) {
            bytes[0] = (byte) a;
            bytes[1] = (byte) b;
            bytes[2] = (byte) c;
            bytes[3] = (byte) d;
            assertEquals(
                isUtf8(bytes), accepts(bytes, 4), () -> "%x %x %x %x".formatted(a, b, c, d));
          }
        }
      }
    }
  }

  @Test
  void agreesOnAllCharacters() {
    for (int character = 0; character <= Character.MAX_CODE_POINT; character++) {
      if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE) {
        assertTrue(accepts(Character.toString(character).getBytes(UTF_8), 1));
      }
    }
  }

  @Test
  void doesNotCareWhereBytesAreCut() {
    byte[] text = "κόσμε — 水, 🌊 and a".getBytes(UTF_8);
    for (int piece = 1; piece <= text.length; piece++) {
      assertTrue(accepts(text, piece));
    }
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      byte[] broken = text.clone();
      broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      assertEquals(isUtf8(broken), accepts(broken, 1 + random.nextInt(5)));
    }
  }

  @Test
  void anUnfinishedCharacterIsNoEnd() {
    Utf8Check check = new Utf8Check();
    assertTrue(check.accept(Unpooled.wrappedBuffer(new byte[] {(byte) 0xe6, (byte) 0xb0})));
    assertFalse(check.isComplete());
    assertTrue(check.accept(Unpooled.wrappedBuffer(new byte[] {(byte) 0xb4})));
    assertTrue(check.isComplete());
  }

  @Test
  void refusesAWrongByteAtOnce() {
    Utf8Check check = new Utf8Check();
    assertTrue(check.accept(Unpooled.wrappedBuffer(new byte[] {(byte) 0xed})));
    assertFalse(check.accept(Unpooled.wrappedBuffer(new byte[] {(byte) 0xa0})));
  }

  private static boolean accepts(byte[] bytes, int piece) {
    Utf8Check check = new Utf8Check();
    for (int at = 0; at < bytes.length; at += piece) {
      int length = Math.min(piece, bytes.length - at);
      if (!check.accept(Unpooled.wrappedBuffer(bytes, at, length))) {
        return false;
      }
    }
    return check.isComplete();
  }

  private static boolean isUtf8(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
