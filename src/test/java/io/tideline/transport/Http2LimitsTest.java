package io.tideline.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestTokens;
import io.tideline.transport.RawHttp2.Frame;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What one connection of HTTP/2 may ask of this server, and that whoever asks more is ended. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(Http2LimitsTest.Impatient.class)
class Http2LimitsTest {
  private static final int WHOLE_SECONDS = 2;
  private static final int GRACE_SECONDS = 4;
  private static final int STREAMS_MAX = 100;
  private static final int FLOOD = 20_000;
  private static final int REQUESTS_A_SECOND = 500;

  private static final int REFUSED_STREAM = 0x7;
  private static final int CANCEL = 0x8;

  @TestHTTPResource URI server;

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
    }
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

  @Test
  void whoBeginsMoreThanAllowedWaitsAndIsAnsweredAllTheSame() throws IOException {
    byte[] request = RawHttp2.request("DELETE", "/v1/session");
    int seconds = 3;
    long begin = System.nanoTime();
    try (RawHttp2 client = new RawHttp2(server.getPort())) {
      int stream = 1;
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
      return Map.of(
          "tideline.limits.handshake",
          "1s",
          "tideline.limits.request",
          WHOLE_SECONDS + "s",
          "tideline.limits.requests-per-connection",
          "" + REQUESTS_A_SECOND,
          "tideline.limits.flood-pause",
          "0s");
    }
  }
}
