package io.tideline.net.accept;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.net.out.ResponseWriter;
import io.tideline.net.websocket.OpenedWriters;
import io.tideline.net.websocket.OpenedWriters.Opened;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawSocket;
import io.tideline.testing.Slow;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Requests that never end are ended; what is live is not. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(Http2LimitsTest.Impatient.class)
@Slow
class SlowRequestTest {
  /** RFC 8446, 4.1.2 and 5.1: a record of 512 bytes that begins to say hello. */
  private static final byte[] TLS_HELLO = HexFormat.of().parseHex("1603010200010001fc0303");

  private static final int HEAD_SECONDS = Http2LimitsTest.HEAD_SECONDS;
  private static final int WHOLE_SECONDS = Http2LimitsTest.WHOLE_SECONDS;

  /** For the look once a second, and a slow machine. */
  private static final int GRACE_SECONDS = 4;

  @Inject OpenedWriters outs;
  @TestHTTPResource URI server;

  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @Test
  void endsAConnectionThatSaysNothing() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      assertCutWithin(client, HEAD_SECONDS, "");
    }
  }

  @Test
  void endsAHandshakeThatTrickles() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      client.send("GET /test/echo HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
      assertCutWithin(client, HEAD_SECONDS, "x");
    }
  }

  @Test
  void endsATlsHandshakeThatStalls() throws IOException {
    try (RawSocket client = new RawSocket(tls.getPort())) {
      client.send(TLS_HELLO);
      assertCutWithin(client, HEAD_SECONDS, "");
    }
  }

  @Test
  void endsATlsHandshakeThatTrickles() throws IOException {
    try (RawSocket client = new RawSocket(tls.getPort())) {
      client.send(TLS_HELLO);
      assertCutWithin(client, HEAD_SECONDS, "\0");
    }
  }

  @Test
  void endsASecondHeadThatTrickles() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
      client.bytes(RawSocket.lengthOf(client.head()));
      client.send("GET /nowhere HTTP/1.1\r\nX-Slow: ");
      assertCutWithin(client, HEAD_SECONDS, "x");
    }
  }

  @Test
  void endsABodyThatTrickles() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      client.send(
          "POST /v1/channels/slow/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
      assertCutWithin(client, WHOLE_SECONDS, "x");
    }
  }

  @Test
  void aConnectionMayRestBetweenRequests() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      for (int i = 0; i < 2; i++) {
        client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
        client.bytes(RawSocket.lengthOf(client.head()));
        assertOpenFor(client, HEAD_SECONDS + GRACE_SECONDS);
      }
    }
  }

  @Test
  void aStreamMayBeSilent() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      client.send("GET /test/stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
      Opened<ResponseWriter> stream = outs.next();
      client.head();
      assertEquals(OpenedWriters.OPENING.length(), Integer.parseInt(client.line(), 16));
      client.bytes(OpenedWriters.OPENING.length() + 2);
      client.send("\r\n");
      assertOpenFor(client, HEAD_SECONDS + GRACE_SECONDS);
      assertFalse(stream.closed.isDone());
    }
  }

  @Test
  void aWebSocketMayBeSilent() throws IOException {
    try (RawSocket client = RawSocket.open(server.getPort(), "/test/echo")) {
      assertOpenFor(client, HEAD_SECONDS + GRACE_SECONDS);
      client.frame(RawSocket.FIN | RawSocket.TEXT, "still there");
      assertEquals("still there", client.next().text());
    }
  }

  /** Trickles until the server ends it, which it does neither at once nor late. */
  private static void assertCutWithin(RawSocket client, int seconds, String drop)
      throws IOException {
    long begin = System.nanoTime();
    client.socket().setSoTimeout(100);
    boolean isOpen = true;
    while (isOpen) {
      try {
        isOpen = !client.isEnded();
        client.send(drop);
      } catch (SocketTimeoutException e) {
        client.send(drop);
      } catch (SocketException reset) {
        isOpen = false;
      }
      long lasted = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
      assertTrue(lasted <= seconds + GRACE_SECONDS, "still open after " + lasted + " s");
    }
    assertTrue(System.nanoTime() - begin >= TimeUnit.SECONDS.toNanos(seconds - 1), "cut too early");
  }

  private static void assertOpenFor(RawSocket client, int seconds) throws IOException {
    int usual = client.socket().getSoTimeout();
    client.socket().setSoTimeout((int) TimeUnit.SECONDS.toMillis(seconds));
    assertThrows(SocketTimeoutException.class, client::isEnded);
    client.socket().setSoTimeout(usual);
  }
}
