package io.tideline.browser;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.URI;
import java.time.Duration;

/** The page at {@code /} as its reader sees it. */
final class LivePage {
  /**
   * A client waits for up to 30 s after an outage, and a browser first tries what dead connections
   * it has left, for 10 s each.
   */
  private static final Duration SEEN_MAX = Duration.ofSeconds(90);

  private final Chromium chromium;

  private LivePage(Chromium chromium) {
    this.chromium = chromium;
  }

  /** Comes by the link that the server prints. */
  static LivePage open(Chromium chromium, URI server, String token) {
    // The same document with another fragment would not be loaded again.
    chromium.open(URI.create("about:blank"));
    chromium.open(server.resolve("/#token=" + token));
    return of(chromium);
  }

  static LivePage of(Chromium chromium) {
    return new LivePage(chromium);
  }

  void awaitForm() {
    await("form").atMost(SEEN_MAX).until(() -> is("!document.querySelector('#sign-in').hidden"));
  }

  /** The form is there again, and says why. */
  void awaitRefusal() {
    await("refusal")
        .atMost(SEEN_MAX)
        .until(() -> is("!!document.querySelector('.error#token-hint')"));
  }

  void chart(String channel) {
    String exists = "[...document.querySelector('#machine').options].some(o => o.value === '%s')";
    await(channel).atMost(SEEN_MAX).until(() -> is(exists.formatted(channel)));
    chromium.evaluate(
        """
        (() => {
          const machine = document.querySelector('#machine');
          machine.value = '%s';
          machine.dispatchEvent(new Event('change', { bubbles: true }));
        })()
        """
            .formatted(channel));
  }

  void useTransport(String transport) {
    chromium.click("#transports input[value='" + transport + "']");
    awaitText("#transport", transport);
  }

  void awaitState(String state) {
    await(state)
        .atMost(SEEN_MAX)
        .until(() -> is("document.querySelector('#state')?.dataset.state === '" + state + "'"));
  }

  void awaitText(String selector, String text) {
    await(selector + " " + text)
        .atMost(SEEN_MAX)
        .untilAsserted(() -> assertEquals(text, chromium.text(selector)));
  }

  /** That many messages came, and the page's books have neither a hole nor a repeat. */
  void awaitWhole(int messages) {
    awaitText("#received", String.valueOf(messages));
    awaitText("#missing", "nothing lost");
    assertEquals("0", chromium.text("#gaps"));
  }

  /** False also while the page isn't there yet. */
  private boolean is(String condition) {
    return chromium
        .evaluate(
            "(() => { try { return %s; } catch (early) { return false; } })()".formatted(condition))
        .asBoolean();
  }
}
