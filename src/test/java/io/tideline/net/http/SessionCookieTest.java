package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionCookieTest {
  @Test
  void overHttpsTheBrowserKeepsItToHttpsAndThisHost() {
    assertEquals(
        "__Host-tideline=a.b.c; Max-Age=90; Path=/; HttpOnly; SameSite=Strict; Secure",
        SessionCookie.keep(true, "a.b.c", Duration.ofMillis(90_900)));
    assertEquals(
        "__Host-tideline=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict; Secure",
        SessionCookie.clear(true));
  }

  @Test
  void whatNeverExpiresEndsWithTheBrowser() {
    assertEquals(
        "tideline=a.b.c; Path=/; HttpOnly; SameSite=Strict",
        SessionCookie.keep(false, "a.b.c", null));
  }

  /** A proxy on this machine is no browser on this machine. */
  @ParameterizedTest
  @CsvSource({
    "localhost, 127.0.0.1, true",
    "LocalHost, ::1, true",
    "app.localhost, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.1, true",
    "127.8.0.1, 127.8.0.1, true",
    "[::1], ::1, true",
    "::1, ::1, true",
    "push.example.com, 127.0.0.1, false",
    "127.0.0.1.example.com, 127.0.0.1, false",
    "127.example.com, 127.0.0.1, false",
    "localhost.example.com, 127.0.0.1, false",
    "notlocalhost, 127.0.0.1, false",
    "[::1]x, ::1, false",
    "10.0.0.1, 10.0.0.1, false",
    "localhost, 10.0.0.1, false"
  })
  void onPlainHttpTheBrowserMustBeOnThisMachine(String host, String address, boolean isLocal) {
    assertEquals(
        isLocal,
        SessionCookie.isLocal(
            HostAndPort.create(host, 8080), SocketAddress.inetSocketAddress(8080, address)));
  }

  @Test
  void whoDoesNotSayWhatItAskedForOrComesOverNoNetworkIsNotLocal() {
    SocketAddress loopback = SocketAddress.inetSocketAddress(8080, "127.0.0.1");
    HostAndPort localhost = HostAndPort.create("localhost", 8080);
    assertFalse(SessionCookie.isLocal(null, loopback));
    assertFalse(SessionCookie.isLocal(localhost, null));
    assertFalse(SessionCookie.isLocal(localhost, SocketAddress.domainSocketAddress("/tmp/s")));
  }
}
