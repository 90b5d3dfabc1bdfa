package io.tideline.net.accept;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawHttp2;
import io.tideline.testing.RawHttp2.Frame;
import io.tideline.testing.Slow;
import io.tideline.testing.TestCertificate;
import io.tideline.testing.TestTokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What one connection of HTTP/2 may ask of this server, and that whoever asks more is ended. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(Http2LimitsTest.Impatient.class)
@Slow
class Http2LimitsTest {
  private static final Path STORE = Path.of("target", "http2-limits-test.p12").toAbsolutePath();
  static final int HEAD_SECONDS = 2;
  static final int WHOLE_SECONDS = 4;
  private static final int GRACE_SECONDS = 4;
  private static final int STREAMS_MAX = 100;
  private static final int FLOOD = 20_000;
  private static final int REQUESTS_A_SECOND = 500;

  private static final int REFUSED_STREAM = 0x7;
  private static final int CANCEL = 0x8;

  /** Between the bytes of what trickles: all of the preface then takes far longer than it may. */
  private static final int PAUSE_MILLIS = 300;

  private static final byte[] NOWHERE = RawHttp2.request("GET", "/nowhere");

  @TestHTTPResource URI server;

  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @Test
  void aSlowBodyIsCutOffAndItsNeighboursAreNot() throws IOException {
    String token = TestTokens.all();
    try (RawHttp2 client = new RawHttp2(server.getPort())) {
      client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, publish(token));
      client.frame(RawHttp2.DATA, 0, 1, '[');
      long begin = System.nanoTime();
      Frame reset = client.next(RawHttp2.RST_STREAM, 1);
      assertEquals(CANCEL, reset.errorCode());
      long lasted = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
      assertTrue(lasted >= TimeUnit.SECONDS.toMillis(WHOLE_SECONDS) - 100, "cut too early");
      assertTrue(lasted <= TimeUnit.SECONDS.toMillis(WHOLE_SECONDS + GRACE_SECONDS), "cut late");
      client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 3, publish(token));
      client.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 3, '1');
      assertNotNull(client.next(RawHttp2.HEADERS, 3));
    }
  }

  @Test
  void oneStreamMoreThanAllowedIsRefused() throws IOException {
    try (RawHttp2 client = new RawHttp2(server.getPort())) {
      assertEquals(STREAMS_MAX, client.streamsMax());
      byte[] unfinished = publish(TestTokens.all());
      for (int i = 0; i <= STREAMS_MAX; i++) {
        client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 2 * i + 1, unfinished);
      }
      assertEquals(
          REFUSED_STREAM, client.next(RawHttp2.RST_STREAM, 2 * STREAMS_MAX + 1).errorCode());
      int last = 2 * STREAMS_MAX - 1;
      client.frame(RawHttp2.DATA, RawHttp2.END_STREAM, last, '1');
      assertNotNull(client.next(RawHttp2.HEADERS, last), "the last that is allowed is answered");
    }
  }

  @Test
  void aPrefaceThatTricklesIsCutOff() throws IOException {
    long begin = System.nanoTime();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      assertCutAmid(begin, socket, RawHttp2.PREFACE.getBytes(US_ASCII));
    }
  }

  @Test
  void aFirstHeadThatTricklesIsCutOff() throws IOException {
    long begin = System.nanoTime();
    try (RawHttp2 client = new RawHttp2(server.getPort())) {
      assertCutAmid(begin, client.socket(), head(1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLaterHeadThatTricklesIsCutOff(Beginning beginning) throws IOException {
    try (RawHttp2 client = connect(beginning)) {
      client.frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 3, NOWHERE);
      assertNotNull(client.next(RawHttp2.HEADERS, 3));
      assertCutAmid(System.nanoTime(), client.socket(), head(5));
    }
  }

  /** How a connection comes to be one of HTTP/2. */
  enum Beginning {
    PREFACE,
    UPGRADE,
    TLS
  }

  private RawHttp2 connect(Beginning beginning) throws IOException {
    return switch (beginning) {
      case PREFACE -> new RawHttp2(server.getPort());
      case UPGRADE -> RawHttp2.upgraded(server.getPort());
      case TLS -> {
        try (SSLSocket first = secured()) {
          first.startHandshake();
        } catch (IOException tooSlow) {
          // The first handshake of a JVM takes seconds where there is much else to do.
        }
        yield new RawHttp2(secured());
      }
    };
  }

  private SSLSocket secured() throws IOException {
    SSLSocketFactory sockets = new TestCertificate(STORE).trusting().getSocketFactory();
    SSLSocket socket = (SSLSocket) sockets.createSocket(tls.getHost(), tls.getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static byte[] head(int stream) {
    return RawHttp2.bytes(
        RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, stream, NOWHERE);
  }

  /** Sends byte by byte until the server ends it, which it does neither at once nor late. */
  private static void assertCutAmid(long begin, Socket socket, byte[] bytes) throws IOException {
    socket.setSoTimeout(PAUSE_MILLIS);
    int sent = 0;
    boolean isOpen = true;
    while (isOpen) {
      assertTrue(sent < bytes.length, "still open after all of it");
      try {
        socket.getOutputStream().write(bytes[sent++]);
        socket.getInputStream().readAllBytes();
        isOpen = false;
      } catch (SocketTimeoutException silent) {
        // and open
      } catch (SocketException ended) {
        isOpen = false;
      }
    }
    long lasted = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    assertTrue(lasted >= TimeUnit.SECONDS.toMillis(HEAD_SECONDS) - 200, "cut too early");
    assertTrue(lasted <= TimeUnit.SECONDS.toMillis(HEAD_SECONDS + GRACE_SECONDS), "cut late");
  }

  @Test
  void whoResetsWhatItBeganIsEnded() throws IOException {
    byte[] request = RawHttp2.request("GET", "/v1/channels/a/messages");
    assertEnded(
        (client, i) -> {
          client.frame(
              RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 2 * i + 1, request);
          client.frame(RawHttp2.RST_STREAM, 0, 2 * i + 1, 0, 0, 0, CANCEL);
        });
  }

  @ParameterizedTest
  @EnumSource
  void whoBeginsMoreThanAllowedWaitsAndIsAnsweredAllTheSame(Beginning beginning)
      throws IOException {
    byte[] request = RawHttp2.request("DELETE", "/v1/session");
    int seconds = 3;
    long begin;
    try (RawHttp2 client = connect(beginning)) {
      begin = System.nanoTime();
      int stream = 3;
      for (int round = 0; round < (seconds + 1) * REQUESTS_A_SECOND / STREAMS_MAX; round++) {
        for (int i = 0; i < STREAMS_MAX; i++, stream += 2) {
          client.frame(
              RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, stream, request);
        }
        assertNotNull(client.next(RawHttp2.HEADERS, stream - 2), "round " + round);
      }
    }
    long lasted = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
    long least = TimeUnit.SECONDS.toMillis(seconds) - 1_000L * STREAMS_MAX / REQUESTS_A_SECOND;
    assertTrue(lasted >= least, "answered within " + lasted + " ms");
  }

  @Test
  void aHeadInEndlessPartsIsEnded() throws IOException {
    byte[] field = RawHttp2.request("GET", "/");
    assertEnded(
        (client, i) ->
            client.frame(i == 0 ? RawHttp2.HEADERS : RawHttp2.CONTINUATION, 0, 1, field));
  }

  @Test
  void aHeadInEndlessEmptyPartsIsEnded() throws IOException {
    byte[] head = RawHttp2.request("GET", "/");
    assertEnded(
        (client, i) -> {
          if (i == 0) {
            client.frame(RawHttp2.HEADERS, 0, 1, head);
          } else {
            client.frame(RawHttp2.CONTINUATION, 0, 1);
          }
        });
  }

  @Test
  void whoSendsPingsAndReadsNothingIsEnded() throws IOException {
    assertEnded((client, i) -> client.frame(RawHttp2.PING, 0, 0, new byte[8]), 2_000_000);
  }

  @Test
  void whoSendsSettingsAndReadsNothingIsEnded() throws IOException {
    assertEnded((client, i) -> client.frame(RawHttp2.SETTINGS, 0, 0), 2_000_000);
  }

  /** One part of a flood. */
  private interface Drop {
    void send(RawHttp2 client, int number) throws IOException;
  }

  private void assertEnded(Drop drop) throws IOException {
    assertEnded(drop, FLOOD);
  }

  private void assertEnded(Drop drop, int most) throws IOException {
    try (RawHttp2 client = new RawHttp2(server.getPort())) {
      boolean isOpen = true;
      for (int i = 0; i < most && isOpen; i++) {
        try {
          drop.send(client, i);
        } catch (SocketException ended) {
          isOpen = false;
        }
      }
      if (isOpen) {
        client.next(RawHttp2.GOAWAY, 0);
      }
    }
    try (RawHttp2 other = new RawHttp2(server.getPort())) {
      other.frame(
          RawHttp2.HEADERS,
          RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
          1,
          RawHttp2.request("GET", "/v1/channels/a/messages"));
      assertNotNull(other.next(RawHttp2.HEADERS, 1), "others are served");
    }
  }

  private static byte[] publish(String token) {
    return RawHttp2.request(
        "POST",
        "/v1/channels/http2/messages",
        "authorization",
        "Bearer " + token,
        "content-type",
        "application/json");
  }

  /** Gives less time than usual. */
  public static final class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      TestCertificate.make(STORE);
      return Map.of(
          "quarkus.tls.key-store.p12.path",
          STORE.toString(),
          "quarkus.tls.key-store.p12.password",
          TestCertificate.PASSWORD,
          "quarkus.http.test-ssl-port",
          "0",
          "tideline.limits.handshake",
          HEAD_SECONDS + "s",
          "tideline.limits.request",
          WHOLE_SECONDS + "s",
          "tideline.limits.requests-per-connection",
          "" + REQUESTS_A_SECOND,
          "tideline.limits.flood-pause",
          "0s");
    }
  }
}
