package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TailTest {
  private static final int ENTRY_BYTES = entry(1).bytes();

  private final Tail tail = new Tail(10);

  private static EncodedPublication entry(long offset) {
    Message message = Message.of(new Channel("c"), RecordingOutlet.payload("x"));
    return new EncodedPublication(Publication.of(message, 1, offset, Instant.EPOCH));
  }

  @Test
  void anEmptyTailBeginsAfterTheHead() {
    assertEquals(11, tail.from());
    assertEquals(0, tail.size());
    assertNull(tail.get(10));
    assertNull(tail.get(11));
  }

  @Test
  void takesTheNextOffsetOnly() {
    assertThrows(IllegalStateException.class, () -> tail.append(entry(12)));
    assertThrows(IllegalStateException.class, () -> tail.append(entry(10)));
    tail.append(entry(11));
    assertThrows(IllegalStateException.class, () -> tail.append(entry(11)));
  }

  @Test
  void holdsEveryEntryHoweverOftenItGrows() {
    List<EncodedPublication> entries = new ArrayList<>();
    for (long offset = 11; offset <= 510; offset++) {
      entries.add(entry(offset));
      tail.append(entries.get(entries.size() - 1));
    }
    for (EncodedPublication entry : entries) {
      assertSame(entry, tail.get(entry.offset()));
    }
    assertNull(tail.get(511));
    assertEquals(500 * ENTRY_BYTES, tail.bytes());
  }

  @Test
  void whatWasDroppedIsNotFoundThoughItsSlotIsUsedAgain() {
    for (long offset = 11; offset <= 40; offset++) {
      tail.append(entry(offset));
      tail.trim(8, Integer.MAX_VALUE);
    }
    assertEquals(33, tail.from());
    assertEquals(8, tail.size());
    assertNull(tail.get(32));
    assertEquals(33, tail.get(33).offset());
    assertEquals(40, tail.get(40).offset());
    assertEquals(8 * ENTRY_BYTES, tail.bytes());
  }

  @Test
  void trimsByBytesButKeepsTheNewest() {
    tail.append(entry(11));
    tail.append(entry(12));
    tail.append(entry(13));
    tail.trim(100, 2 * ENTRY_BYTES);
    assertEquals(12, tail.from());
    tail.trim(100, 1);
    assertEquals(13, tail.from());
    tail.trim(0, 0);
    assertEquals(13, tail.get(13).offset());
  }

  @Test
  void dropsThroughAnOffset() {
    tail.append(entry(11));
    tail.append(entry(12));
    tail.dropThrough(11);
    assertEquals(12, tail.from());
    tail.dropThrough(99);
    assertEquals(0, tail.size());
    assertEquals(0, tail.bytes());
    tail.append(entry(13));
    assertEquals(13, tail.get(13).offset());
  }

  @Test
  void resetForgetsAll() {
    tail.append(entry(11));
    tail.reset(99);
    assertEquals(100, tail.from());
    assertEquals(0, tail.bytes());
    assertNull(tail.get(11));
    tail.append(entry(100));
    assertEquals(100, tail.get(100).offset());
  }
}
