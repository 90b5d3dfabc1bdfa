package io.tideline.net.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.DataFormatException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InflationTest {
  private static final int BYTES_MAX = 100_000;

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

  @AfterEach
  void nothingIsLeft() {
    assertEquals(0, allocator.metric().usedHeapMemory());
  }

  /** RFC 7692, 7.2.3: compressed, not compressed, a last block, two blocks. */
  @ParameterizedTest
  @CsvSource({
    "Hello, f248cdc9c90700",
    "Hello, 000500faff48656c6c6f00",
    "Hello, f348cdc9c9070000",
    "Hello, f24805000000ffffcac9c90700",
    "HeHello, f3480500f348cdc9c9070000"
  })
  void takesTheExamples(String text, String hex) throws DataFormatException {
    assertEquals(text, new String(inflate(hex(hex)), UTF_8));
  }

  @Test
  void takesAnEmptyMessage() throws DataFormatException {
    assertEquals(0, inflate(hex("00")).length);
  }

  @Test
  void takesMessagesOfAllSizes() throws DataFormatException {
    Random random = new Random(1);
    for (int size : new int[] {1, 255, 256, 257, 1_000, 4_096, 65_536, BYTES_MAX}) {
      byte[] noise = new byte[size];
      random.nextBytes(noise);
      assertArrayEquals(noise, inflate(Deflated.of(noise)));
      byte[] zeros = new byte[size];
      assertArrayEquals(zeros, inflate(Deflated.of(zeros)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {BYTES_MAX + 1, BYTES_MAX + 2, 10 * BYTES_MAX, 50_000_000})
  void givesUpOneByteBeyondTheLimit(int size) throws DataFormatException {
    assertNull(inflate(Deflated.of(new byte[size])));
  }

  /** The second message of RFC 7692, 7.2.3.2 refers to the first one. */
  @Test
  void keepsNoContext() throws DataFormatException {
    assertEquals("Hello", new String(inflate(hex("f248cdc9c90700")), UTF_8));
    assertThrows(DataFormatException.class, () -> inflate(hex("f200110000")));
    assertEquals("Hello", new String(inflate(hex("f248cdc9c90700")), UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ff", "ffffffff", "07", "000500fbff48656c6c6f00", "f348cdc9c907"})
  void refusesWhatIsNotDeflated(String hex) {
    assertThrows(DataFormatException.class, () -> inflate(hex(hex)));
  }

  @Test
  void refusesWhatIsCutOff() {
    byte[] whole = Deflated.of("what is cut off is not what was said");
    for (int length = 0; length < whole.length - 1; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertThrows(DataFormatException.class, () -> inflate(part), "of length " + length);
    }
  }

  private byte[] inflate(byte[] deflated) throws DataFormatException {
    ByteBuf whole = Inflation.inflate(Unpooled.wrappedBuffer(deflated), BYTES_MAX, allocator);
    if (whole == null) {
      return null;
    }
    try {
      return ByteBufUtil.getBytes(whole);
    } finally {
      whole.release();
    }
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits);
  }
}
