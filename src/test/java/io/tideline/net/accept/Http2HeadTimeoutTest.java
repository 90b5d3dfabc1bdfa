package io.tideline.net.accept;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.tideline.loop.Lane;
import io.tideline.testing.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Http2HeadTimeoutTest {
  private static final long HEAD_NANOS = Duration.ofSeconds(10).toNanos();
  private static final RequestTimeouts LIMITS =
      new RequestTimeouts(Duration.ofNanos(HEAD_NANOS), Duration.ofSeconds(30), 1000);

  private static final byte[] PREFACE = RawHttp2.PREFACE.getBytes(US_ASCII);
  private static final byte[] SETTINGS = RawHttp2.bytes(RawHttp2.SETTINGS, 0, 0, new byte[6]);
  private static final byte[] BEGINNING = join(PREFACE, SETTINGS);
  private static final byte[] BLOCK = RawHttp2.request("GET", "/");
  private static final byte[] HEAD =
      RawHttp2.bytes(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, BLOCK);

  private final Looks looks = new Looks();
  private long now = Long.MAX_VALUE - HEAD_NANOS / 2;
  private final PendingRequests pending = new PendingRequests(looks, LIMITS, () -> now);
  private final EmbeddedChannel channel =
      new EmbeddedChannel(Http2HeadTimeout.beforePreface(pending));

  @AfterEach
  void end() {
    channel.finishAndReleaseAll();
  }

  @Test
  void aHeadMayTakeItsTimeAndNoNanosecondMore() {
    receive(join(BEGINNING, Arrays.copyOf(HEAD, 1)));
    pass(HEAD_NANOS);
    assertTrue(channel.isOpen());
    pass(1);
    assertFalse(channel.isOpen());
  }

  @Test
  void whereverAHeadStopsItIsCutOff() {
    for (int bytes = 1; bytes < HEAD.length; bytes++) {
      EmbeddedChannel other = new EmbeddedChannel(Http2HeadTimeout.beforePreface(pending));
      other.writeInbound(Unpooled.wrappedBuffer(BEGINNING));
      other.writeInbound(Unpooled.wrappedBuffer(HEAD, 0, bytes));
      pass(HEAD_NANOS + 1);
      assertFalse(other.isOpen(), "after " + bytes + " bytes");
      other.finishAndReleaseAll();
    }
  }

  @Test
  void bytesThatTrickleDoNotBeginItAnew() {
    receive(BEGINNING);
    for (int i = 0; channel.isOpen(); i++) {
      receive(HEAD[i]);
      pass(HEAD_NANOS / 4);
      assertTrue(i < 5, "still open");
    }
  }

  @Test
  void framesOfOneHeadDoNotBeginItAnew() {
    receive(BEGINNING);
    receive(RawHttp2.bytes(RawHttp2.HEADERS, 0, 1, BLOCK));
    for (int i = 0; channel.isOpen(); i++) {
      receive(RawHttp2.bytes(RawHttp2.CONTINUATION, 0, 1, new byte[1]));
      pass(HEAD_NANOS / 4);
      assertTrue(i < 5, "still open");
    }
  }

  @Test
  void eachHeadHasItsTime() {
    receive(BEGINNING);
    for (int i = 0; i < 3; i++) {
      receive(Arrays.copyOf(HEAD, 5));
      pass(HEAD_NANOS);
      receive(join(Arrays.copyOfRange(HEAD, 5, HEAD.length), Arrays.copyOf(HEAD, 5)));
      pass(HEAD_NANOS);
      receive(Arrays.copyOfRange(HEAD, 5, HEAD.length));
    }
    pass(100 * HEAD_NANOS);
    assertTrue(channel.isOpen(), "it may rest between requests");
  }

  @Test
  void aHeadThatIsContinuedToItsEndIsWhole() {
    receive(BEGINNING);
    receive(RawHttp2.bytes(RawHttp2.HEADERS, 0, 1, BLOCK));
    receive(RawHttp2.bytes(RawHttp2.CONTINUATION, RawHttp2.END_HEADERS, 1, new byte[0]));
    pass(HEAD_NANOS + 1);
    assertTrue(channel.isOpen());
  }

  @Test
  void aBodyIsNoHead() {
    byte[] data = RawHttp2.bytes(RawHttp2.DATA, 0, 1, new byte[0x1234]);
    receive(join(BEGINNING, HEAD));
    receive(Arrays.copyOf(data, 3));
    pass(HEAD_NANOS);
    receive(Arrays.copyOfRange(data, 3, 10));
    pass(100 * HEAD_NANOS);
    assertTrue(channel.isOpen());
    receive(join(Arrays.copyOfRange(data, 10, data.length), Arrays.copyOf(HEAD, 1)));
    pass(HEAD_NANOS + 1);
    assertFalse(channel.isOpen(), "what follows it is one");
  }

  @Test
  void aPrefaceThatStopsIsCutOff() {
    receive(Arrays.copyOf(PREFACE, PREFACE.length - 1));
    pass(HEAD_NANOS + 1);
    assertFalse(channel.isOpen());
  }

  @Test
  void whoIsNotReadFromIsNotLate() {
    receive(join(BEGINNING, Arrays.copyOf(HEAD, 1)));
    channel.config().setAutoRead(false);
    pass(100 * HEAD_NANOS);
    assertTrue(channel.isOpen());
    channel.config().setAutoRead(true);
    pass(HEAD_NANOS + 1);
    assertFalse(channel.isOpen());
  }

  @Test
  void whatIsNotHttp2IsLeftAlone() {
    receive("PRI * HTTP/1.1\r\n".getBytes(US_ASCII));
    assertNull(channel.pipeline().get(Http2HeadTimeout.class));
    pass(HEAD_NANOS + 1);
    assertTrue(channel.isOpen());
  }

  @Test
  void itStandsBehindTheProxyProtocol() {
    EmbeddedChannel proxied =
        new EmbeddedChannel(new Http2HeadTimeout.Usher(() -> pending), new HAProxyMessageDecoder());
    byte[] from = "PROXY TCP4 192.0.2.1 192.0.2.2 50000 80\r\n".getBytes(US_ASCII);
    proxied.writeInbound(Unpooled.wrappedBuffer(join(from, BEGINNING)));
    assertNotNull(proxied.pipeline().get(Http2HeadTimeout.class));
    proxied.writeInbound(Unpooled.wrappedBuffer(HEAD, 0, 1));
    assertNull(proxied.pipeline().get(Http2HeadTimeout.Usher.class));
    pass(HEAD_NANOS + 1);
    assertFalse(proxied.isOpen());
    proxied.finishAndReleaseAll();
  }

  private void receive(byte... bytes) {
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    ByteBuf passedOn = channel.readInbound();
    assertEquals(Unpooled.wrappedBuffer(bytes), passedOn, "nothing is kept");
    passedOn.release();
  }

  private void pass(long nanos) {
    now += nanos;
    looks.look();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** A lane that looks when it is told to. */
  private static final class Looks implements Lane {
    private Runnable next = () -> {};

    void look() {
      Runnable look = next;
      next = () -> {};
      look.run();
    }

    @Override
    public int index() {
      return 0;
    }

    @Override
    public boolean isCurrent() {
      return true;
    }

    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void schedule(Duration delay, Runnable task) {
      next = task;
    }
  }
}
