package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EncodedPublicationTest {
  private static final int LANES = 4;

  /** Long enough for lanes that came together to have begun. */
  private static final long COSTLY_MILLIS = 100;

  private final EncodedPublication entry =
      new EncodedPublication(
          Publication.of(
              Message.of(new Channel("c"), RecordingOutlet.payload("x")), 1, 1, Instant.EPOCH));

  @Test
  void aCostlyFrameIsMadeOnceForAllLanes() throws Exception {
    Counted costly = new Counted(true, EncodedPublicationTest::takeTime);
    CyclicBarrier together = new CyclicBarrier(LANES);
    ExecutorService lanes = Executors.newFixedThreadPool(LANES);
    try {
      List<Future<byte[]>> frames = new ArrayList<>();
      for (int i = 0; i < LANES; i++) {
        frames.add(
            lanes.submit(
                () -> {
                  together.await();
                  return entry.frame(costly);
                }));
      }
      byte[] first = frames.get(0).get();
      for (Future<byte[]> frame : frames) {
        assertSame(first, frame.get());
      }
    } finally {
      lanes.shutdownNow();
    }
    assertEquals(1, costly.made.get());
  }

  @Test
  void aFrameIsNotForgottenForOneOfAnotherFormatThatWasBegunBefore() {
    Counted costly = new Counted(true, () -> {});
    Counted other = new Counted(false, () -> entry.frame(costly));
    byte[] frame = entry.frame(other);
    assertSame(entry.frame(costly), entry.frame(costly));
    assertSame(frame, entry.frame(other));
    assertEquals(1, costly.made.get());
  }

  /** There is no number of formats that is one too many. */
  @Test
  void everyFormatHasItsOwnFrame() {
    List<Counted> formats = new ArrayList<>();
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      formats.add(new Counted(false, () -> {}));
      frames.add(entry.frame(formats.get(i)));
    }
    for (int i = 0; i < 20; i++) {
      assertSame(frames.get(i), entry.frame(formats.get(i)));
      assertEquals(1, formats.get(i).made.get());
    }
  }

  private static void takeTime() {
    try {
      TimeUnit.MILLISECONDS.sleep(COSTLY_MILLIS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static final class Counted implements Format {
    private final boolean isCostly;
    private final Runnable meanwhile;
    private final AtomicInteger made = new AtomicInteger();

    Counted(boolean isCostly, Runnable meanwhile) {
      this.isCostly = isCostly;
      this.meanwhile = meanwhile;
    }

    @Override
    public boolean isCostly() {
      return isCostly;
    }

    @Override
    public byte[] encode(Publication publication) {
      made.incrementAndGet();
      meanwhile.run();
      return new byte[] {1};
    }
  }
}
