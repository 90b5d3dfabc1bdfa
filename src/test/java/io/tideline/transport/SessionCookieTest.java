package io.tideline.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

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
}
