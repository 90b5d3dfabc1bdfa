package io.tideline.door;

import static io.tideline.door.CarriedRequest.LET_IN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.tideline.door.CarriedRequest.Carrier;
import io.tideline.door.CarriedRequest.Transport;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.QueryTokenProfile;
import io.tideline.testing.RawSocket;
import io.tideline.testing.TestClient;
import io.tideline.testing.TestTokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A token opens what it grants and, if it isn't good, nothing, not even what is open to all:
 * whatever it comes in, and over every transport.
 */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(QueryTokenProfile.class)
class CredentialsTest {
  private static final String OPEN = "lobby:carried";
  private static final String CLOSED = "carried:1";
  private static final List<String> CHANNELS = List.of(OPEN, CLOSED);

  @TestHTTPResource("/")
  URI base;

  /** What may be brought, and what is said to it. */
  enum Brought {
    GOOD(LET_IN, 0),
    EMPTY("unauthenticated", 4000),
    NO_TOKEN("unauthenticated", 4000),
    FORGED("unauthenticated", 4000),
    EXPIRED("token-expired", 4200),
    REVOKED("token-revoked", 4001);

    private final String code;
    private final int closeCode;

    Brought(String code, int closeCode) {
      this.code = code;
      this.closeCode = closeCode;
    }
  }

  static Stream<Arguments> everyWay() {
    return Arrays.stream(Carrier.values())
        .flatMap(
            carrier ->
                Arrays.stream(Brought.values()).map(brought -> Arguments.of(carrier, brought)));
  }

  @ParameterizedTest
  @MethodSource("everyWay")
  void isJudged(Carrier carrier, Brought brought) throws IOException {
    String token = token(brought);
    for (Transport transport : Transport.values()) {
      for (String channel : CHANNELS) {
        assertEquals(
            brought.code,
            request().with(carrier, token).attempt(transport, channel),
            () -> transport + " of " + channel);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EMPTY")
  void isJudgedInTheFirstFrame(Brought brought) throws IOException {
    JsonObject auth = new JsonObject().put("token", token(brought));
    try (RawSocket socket = request().open()) {
      assertEquals("unauthenticated", subscribe(socket, CLOSED));
      assertEquals(LET_IN, subscribe(socket, OPEN));
      assertEquals(brought.code, CarriedRequest.command(socket, "auth", auth));
      if (brought == Brought.GOOD) {
        assertEquals(LET_IN, subscribe(socket, CLOSED));
      } else {
        assertEquals(brought.closeCode, socket.next().code(), "nor stays the stranger");
      }
    }
  }

  @Test
  void theFirstThatIsThereCounts() throws IOException {
    String good = token(Brought.GOOD);
    String forged = token(Brought.FORGED);
    for (Carrier first : Carrier.values()) {
      for (Carrier second : Carrier.values()) {
        if (first.compareTo(second) < 0) {
          assertEquals(
              LET_IN,
              request().with(first, good).with(second, forged).attempt(Transport.SOCKET, CLOSED),
              () -> first + " before " + second);
          assertEquals(
              "unauthenticated",
              request().with(first, forged).with(second, good).attempt(Transport.SOCKET, OPEN),
              () -> first + " before " + second);
        }
      }
    }
  }

  /** A proxy may judge by another one of them than we would, so none counts. */
  @Test
  void ofSeveralThatCameTheSameWayNoneCounts() throws IOException {
    String good = token(Brought.GOOD);
    for (String other : List.of(good, token(Brought.FORGED), "")) {
      for (Transport transport : Transport.values()) {
        String header = "Authorization: Bearer ";
        assertEquals(
            "invalid-parameter",
            request().header(header + good).header(header + other).attempt(transport, OPEN));
        assertEquals(
            "invalid-parameter",
            request()
                .query("access_token=" + good + "&access_token=" + other)
                .attempt(transport, OPEN));
        String offered = "tideline.v1, tideline.bearer." + good + ", tideline.bearer." + other;
        assertEquals("invalid-parameter", request().offer(offered).attempt(transport, OPEN));
      }
      assertEquals(
          "invalid-parameter",
          request()
              .header("Authorization: Bearer " + good)
              .header("Authorization: Basic eDp5")
              .attempt(Transport.SOCKET, OPEN));
    }
  }

  /** A list may stand in one line or in several (RFC 9110, 5.3). */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tideline.v1,tideline.bearer.%s",
        "tideline.bearer.%s,\ttideline.v1",
        "other , tideline.bearer.%s , tideline.v1",
        "tideline.v1\r\nSec-WebSocket-Protocol: tideline.bearer.%s",
        "tideline.bearer.%s\r\nSec-WebSocket-Protocol: tideline.v1"
      })
  void isFoundAmongTheSubprotocols(String offered) throws IOException {
    for (Brought brought : List.of(Brought.GOOD, Brought.FORGED)) {
      String line = offered.formatted(token(brought));
      for (String channel : CHANNELS) {
        assertEquals(
            brought.code,
            request().offer(line).attempt(Transport.SOCKET, channel),
            () -> brought + " for " + channel);
      }
    }
  }

  /** Browsers send it by themselves: what doesn't come from a good page comes without it. */
  @ParameterizedTest
  @CsvSource({
    "Sec-Fetch-Site: same-origin, ok, ok",
    "Sec-Fetch-Site: cross-site, ok, unauthenticated",
    "Sec-Fetch-Site: none, ok, unauthenticated",
    "X-Nothing: said, ok, unauthenticated",
    "Origin: https://evil.example, origin-refused, origin-refused",
    "Origin: null, origin-refused, origin-refused"
  })
  void aCookieCountsIfItComesFromAGoodPage(String said, String open, String closed)
      throws IOException {
    String cookie = "Cookie: tideline=" + token(Brought.GOOD);
    for (Transport transport : Transport.values()) {
      assertEquals(open, request().header(cookie).header(said).attempt(transport, OPEN));
      assertEquals(closed, request().header(cookie).header(said).attempt(transport, CLOSED));
    }
  }

  private String token(Brought brought) {
    String good = TestTokens.subscribing("carrier", OPEN, CLOSED);
    return switch (brought) {
      case GOOD -> good;
      case EMPTY -> "";
      case NO_TOKEN -> "x";
      case FORGED -> good.substring(0, good.length() - 8) + "AAAAAAAA";
      case EXPIRED ->
          TestTokens.expiringAt(
              "carrier", Map.of("subscribe", CHANNELS), Instant.now().minusSeconds(120));
      case REVOKED -> {
        assertEquals(
            204, TestClient.of(base.getPort(), good).delete("session").statusCode(), "logged out");
        yield good;
      }
    };
  }

  private CarriedRequest request() {
    return new CarriedRequest(base.getPort());
  }

  private static String subscribe(RawSocket socket, String channel) throws IOException {
    return CarriedRequest.command(socket, "subscribe", new JsonObject().put("channel", channel));
  }
}
