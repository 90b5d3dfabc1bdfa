package io.tideline.net.accept;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.RawHttp2;
import io.tideline.testing.RawSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What one address may have of this server, over real sockets. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(AddressLimitsTest.Narrow.class)
class AddressLimitsTest {
  private static final int SOCKETS = 20;
  private static final int PAUSE_SECONDS = 5;
  private static final int RESETS = 220;

  /** One a second is forgiven, and a slow machine takes its time for them. */
  private static final int FLOODS = AddressLimiter.FLOODS_FORGIVEN + 8;

  private static final int ANSWER_MILLIS_MAX = 30_000;

  @TestHTTPResource URI server;

  @Test
  void oneConnectionMoreThanAllowedIsClosedAtOnceAndAnotherTakesTheNextPlace() throws Exception {
    awaitServed();
    List<RawSocket> open = new ArrayList<>();
    try {
      for (int i = 0; i < SOCKETS; i++) {
        open.add(new RawSocket(server.getPort()));
        assertTrue(isServed(open.get(i)), "within the limit: " + i);
      }
      try (RawSocket more = new RawSocket(server.getPort())) {
        assertFalse(isServed(more), "one more");
      }
      assertTrue(isServed(open.get(0)), "those that are open go on");
      open.remove(0).close();
      awaitServed();
    } finally {
      for (RawSocket each : open) {
        each.close();
      }
    }
  }

  @Test
  void whereFloodsComeFromNobodyNewIsLetInForAWhile() throws Exception {
    awaitServed();
    try (RawSocket before = new RawSocket(server.getPort())) {
      assertTrue(isServed(before));
      floodAtOnce(FLOODS);
      assertFalse(isLetIn(), "after so many floods");
      assertTrue(isServed(before), "who was there before goes on");
      awaitServed();
    }
  }

  /** On each connection resets what it began until the server ends it. */
  private void floodAtOnce(int connections) throws IOException {
    byte[] request = RawHttp2.request("GET", "/v1/nothing");
    List<RawHttp2> clients = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        clients.add(new RawHttp2(server.getPort()));
      }
      for (RawHttp2 client : clients) {
        flood(client, request);
      }
      for (RawHttp2 client : clients) {
        client.next(RawHttp2.GOAWAY, 0);
      }
    } finally {
      for (RawHttp2 client : clients) {
        client.close();
      }
    }
  }

  private static void flood(RawHttp2 client, byte[] request) throws IOException {
    try {
      for (int i = 0; i < RESETS; i++) {
        client.frame(
            RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM, 2 * i + 1, request);
        client.frame(RawHttp2.RST_STREAM, 0, 2 * i + 1, 0, 0, 0, 8);
      }
    } catch (SocketException ended) {
      // sooner than expected, which is as well
    }
  }

  private boolean isLetIn() throws IOException {
    try (RawSocket client = new RawSocket(server.getPort())) {
      return isServed(client);
    }
  }

  private static boolean isServed(RawSocket client) throws IOException {
    try {
      client.socket().setSoTimeout(ANSWER_MILLIS_MAX);
      client.send("GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
      String head = client.head();
      client.bytes(RawSocket.lengthOf(head));
      assertTrue(head.startsWith("HTTP/1.1 404"), head);
      return true;
    } catch (SocketException | EOFException closed) {
      return false;
    }
  }

  /** Whether all places are free isn't told; that one is, is. */
  private void awaitServed() throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PAUSE_SECONDS + 20);
    while (!isLetIn()) {
      assertTrue(System.nanoTime() < deadline, "still shut out");
      Thread.sleep(100);
    }
  }

  /** Little for each address. */
  public static final class Narrow implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tideline.limits.sockets-per-address", "" + SOCKETS,
          "tideline.limits.flood-pause", PAUSE_SECONDS + "s");
    }
  }
}
