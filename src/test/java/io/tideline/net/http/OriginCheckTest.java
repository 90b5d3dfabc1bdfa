package io.tideline.net.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.net.http.OriginCheck.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginCheckTest {
  private static final Origin OWN = Origin.of("https", "push.example.org", -1);

  private final OriginCheck check =
      new OriginCheck(
          List.of(
              "https://app.example.com",
              "http://localhost:3000",
              "https://*.example.net",
              "https://*.example.net:8443",
              "https://[2001:db8::1]:444"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://push.example.org",
        "https://push.example.org:443",
        "HTTPS://Push.Example.ORG"
      })
  void theServersOwnPagesAreAllowed(String named) {
    assertEquals(Verdict.OWN, check.verdict(named, OWN));
  }

  @ParameterizedTest
  @CsvSource({
    "https://push.example.org:8443, https, push.example.org, 8443",
    "http://push.example.org, http, push.example.org, 80",
    "http://[::1]:8080, http, [::1], 8080",
    "http://127.0.0.1, http, 127.0.0.1, -1"
  })
  void itsOwnIsWhatTheRequestWasSentTo(String named, String scheme, String host, int port) {
    assertEquals(Verdict.OWN, check.verdict(named, Origin.of(scheme, host, port)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://app.example.com",
        "https://app.example.com:443",
        "https://APP.example.com",
        "http://localhost:3000",
        "https://a.example.net",
        "https://a.b.example.net",
        "https://A.Example.Net:443",
        "https://a.example.net:8443",
        "https://[2001:db8::1]:444",
        "https://[2001:DB8::1]:444"
      })
  void listedPagesAreAllowed(String named) {
    assertEquals(Verdict.LISTED, check.verdict(named, OWN));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://app.example.com",
        "https://app.example.com:444",
        "https://app.example.com.evil.org",
        "https://evil-app.example.com",
        "https://sub.app.example.com",
        "http://localhost",
        "https://localhost:3000",
        "https://example.net",
        "https://evilexample.net",
        "https://.example.net.evil.org",
        "http://a.example.net",
        "https://a.example.net:444",
        "http://push.example.org",
        "https://push.example.org.evil.org",
        "https://push.example.org:8443",
        "null",
        "",
        "*",
        "https://",
        "push.example.org",
        "https://app.example.com/",
        "https://app.example.com/path",
        "https://app.example.com?query",
        "https://app.example.com#fragment",
        "https://user@app.example.com",
        "https://app.example.com@evil.org",
        "https://app.example.com https://evil.org",
        "https://evil.org, https://app.example.com",
        "https://app.example.com\u0000.evil.org",
        "file://",
        "javascript:alert(1)"
      })
  void everythingElseIsForeign(String named) {
    assertEquals(Verdict.FOREIGN, check.verdict(named, OWN));
  }

  @Test
  void withoutAListOnlyTheServersOwnPagesAreAllowed() {
    OriginCheck none = new OriginCheck(List.of());
    assertEquals(Verdict.OWN, none.verdict("https://push.example.org", OWN));
    assertEquals(Verdict.FOREIGN, none.verdict("https://app.example.com", OWN));
    assertEquals(Verdict.FOREIGN, none.verdict("https://push.example.org", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost:3000",
        "http://localhost",
        "https://localhost:5173",
        "http://127.0.0.1:3000",
        "http://[::1]:3000"
      })
  void aServerForThisMachineLetsItsPagesInWithoutCookies(String named) {
    OriginCheck local = OriginCheck.withLocalPages(List.of());
    assertEquals(Verdict.LOCAL, local.verdict(named, OWN));
    assertEquals(Verdict.FOREIGN, new OriginCheck(List.of()).verdict(named, OWN));
    assertFalse(OriginCheck.allowsCookies(Verdict.LOCAL, "same-origin"));
    assertFalse(OriginCheck.allowsCertificates(Verdict.LOCAL, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://localhost.evil.org:3000",
        "http://evil.localhost",
        "http://127.0.0.1.evil.org",
        "http://10.0.0.1",
        "capacitor://localhost",
        "null"
      })
  void noOtherPageIsOfThisMachine(String named) {
    assertEquals(Verdict.FOREIGN, OriginCheck.withLocalPages(List.of()).verdict(named, OWN), named);
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP://LocalHost:80, http://localhost",
    "https://a.example.org:8443, https://a.example.org:8443",
    "http://[::1]:3000, http://[::1]:3000"
  })
  void isWrittenAsBrowsersDo(String named, String written) {
    assertEquals(written, Origin.parse(named).toString());
  }

  @Test
  void opaqueOriginsAreAllowedIfListed() {
    assertEquals(Verdict.LISTED, new OriginCheck(List.of("null")).verdict("null", OWN));
  }

  @Test
  void cookiesNeedAGoodOriginOrTheBrowsersWord() {
    assertTrue(OriginCheck.allowsCookies(Verdict.OWN, null));
    assertTrue(OriginCheck.allowsCookies(Verdict.LISTED, "cross-site"));
    assertTrue(OriginCheck.allowsCookies(Verdict.UNNAMED, "same-origin"));
    assertFalse(OriginCheck.allowsCookies(Verdict.UNNAMED, null));
    assertFalse(OriginCheck.allowsCookies(Verdict.UNNAMED, "none"));
    assertFalse(OriginCheck.allowsCookies(Verdict.UNNAMED, "same-site"));
    assertFalse(OriginCheck.allowsCookies(Verdict.FOREIGN, "same-origin"));
  }

  @Test
  void certificatesNeedAsMuchOrAProgramThatNamesNothing() {
    assertTrue(OriginCheck.allowsCertificates(Verdict.OWN, null));
    assertTrue(OriginCheck.allowsCertificates(Verdict.UNNAMED, "same-origin"));
    assertTrue(OriginCheck.allowsCertificates(Verdict.UNNAMED, null));
    assertFalse(OriginCheck.allowsCertificates(Verdict.UNNAMED, "none"));
    assertFalse(OriginCheck.allowsCertificates(Verdict.UNNAMED, "cross-site"));
    assertFalse(OriginCheck.allowsCertificates(Verdict.FOREIGN, null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "app.example.com",
        "*",
        "https://*",
        "https://app.example.com/",
        "https://app.*.com",
        "*://app.example.com",
        "https://*.*.example.com",
        ""
      })
  void refusesToStartWithWhatIsNoOrigin(String listed) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> new OriginCheck(List.of(listed)));
    assertTrue(refused.getMessage().contains("'" + listed + "' is not an origin"));
  }
}
