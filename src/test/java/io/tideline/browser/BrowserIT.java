package io.tideline.browser;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.tideline.testing.Needs;
import io.tideline.testing.PackagedServer;
import io.tideline.testing.Program;
import io.tideline.testing.Wire;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real browser at the packaged application. What the page says of itself is believed only where
 * the test has published a known number of messages.
 */
@Needs(Program.CHROMIUM)
class BrowserIT {
  private static final Path SHOTS = Path.of("target/browser");
  private static final String LOGO = "document.querySelector('#swaggerUiLogoLink')?.href ?? ''";

  private static PackagedServer server;
  private static int channels;

  @TempDir Path profile;
  private Chromium chromium;
  private String channel;

  @BeforeAll
  static void startServer() throws IOException {
    server = PackagedServer.start(Path.of("target/browser/server"));
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void startBrowser() throws IOException {
    channel = "machine:browser-" + ++channels;
    chromium = Chromium.start(profile);
  }

  @AfterEach
  void stopBrowser(TestInfo test) throws IOException {
    chromium.screenshot(SHOTS.resolve(test.getDisplayName().replaceAll("\\W+", "-") + ".png"));
    List<String> complaints = chromium.complaints();
    chromium.close();
    assertEquals(List.of(), complaints);
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "sse", "long-poll"})
  void theChartsStayWholeWhenTheServerIsKilled(String transport) throws IOException {
    publishFigures(10);
    LivePage page = openPage();
    page.useTransport(transport);
    page.awaitWhole(10);
    publishFigures(5);
    page.awaitWhole(15);

    server.kill();
    page.awaitState("waiting");
    assertThrows(IOException.class, () -> publishFigures(1));
    server.start();
    publishFigures(5);
    page.awaitWhole(20);
    page.awaitText("#transport", transport);
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "sse", "long-poll"})
  void theChartsStayWholeWhenTheNetworkIsGoneForAWhile(String transport) throws IOException {
    publishFigures(3);
    try (Wire wire = new Wire(server.url())) {
      LivePage page = openPage(wire.url());
      page.useTransport(transport);
      page.awaitWhole(3);
      wire.cut();
      page.awaitState("waiting");
      publishFigures(4);
      wire.mend();
      page.awaitWhole(7);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "sse", "long-poll"})
  void aDeadConnectionIsLeftWhenTheBrowserIsOnlineAgain(String transport) throws IOException {
    publishFigures(3);
    try (Wire wire = new Wire(server.url())) {
      LivePage page = openPage(wire.url());
      page.useTransport(transport);
      page.awaitWhole(3);
      wire.goDead();
      chromium.offline(true);
      publishFigures(4);
      chromium.offline(false);
      page.awaitWhole(7);
    }
  }

  @Test
  void eachTransportGoesOnWhereTheOneBeforeStood() throws IOException {
    publishFigures(2);
    LivePage page = openPage();
    page.awaitWhole(2);
    int published = 2;
    for (String transport : List.of("sse", "websocket", "long-poll", "sse", "websocket")) {
      page.useTransport(transport);
      publishFigures(3);
      published += 3;
      page.awaitWhole(published);
    }
  }

  @Test
  void whatThePanelPublishesIsWatched() throws IOException {
    publishFigures(1);
    LivePage page = openPage();
    chromium.fill("#watch-channel", "orders:" + channels);
    chromium.click("#watch-form button");
    page.awaitText("#watch-state", "watching orders:" + channels);
    chromium.fill("#publish-channel", "orders:" + channels);
    chromium.fill("#publish-data", "{\"status\": \"<b>paid</b>\"}");
    chromium.click("#publish-form button");
    page.awaitText("#published", "Stored as 1 of orders:" + channels);
    page.awaitText("#watched li b", "1");
    assertEquals(
        "{\"status\":\"<b>paid</b>\"}",
        chromium.evaluate("document.querySelector('#watched li').lastChild.data").asText());
  }

  @Test
  void aNameThatIsRefusedChangesNothingThatIsWatched() throws IOException {
    publishFigures(1);
    LivePage page = openPage();
    chromium.fill("#watch-channel", channel);
    chromium.click("#watch-form button");
    page.awaitText("#watched li b", "1");
    chromium.fill("#watch-channel", "bad name!");
    chromium.click("#watch-form button");
    page.awaitText("#watch-state", "bad name!: a channel is 1 to 200 of A-Z a-z 0-9 _ . : @ ~ -");
    publishFigures(1);
    page.awaitText("#watched li b", "2");
  }

  @Test
  void thePageComesBackAtOnceWhenItIsTold() throws IOException {
    publishFigures(1);
    LivePage page = openPage();
    page.awaitWhole(1);
    server.kill();
    page.awaitState("waiting");
    server.start();
    chromium.click("#reconnect");
    page.awaitState("connected");
  }

  @Test
  void theTokenDoesNotStayInTheAddressBar() throws IOException {
    publishFigures(1);
    LivePage page = openPage();
    page.awaitState("connected");
    assertEquals(server.url() + "/", chromium.evaluate("location.href").asText());
  }

  @Test
  void withoutATokenThePageAsksForOne() throws IOException {
    publishFigures(1);
    chromium.open(server.url().resolve("/"));
    LivePage page = LivePage.of(chromium);
    page.awaitForm();
    chromium.fill("#token", "not-a-token");
    chromium.click("#token-form button");
    page.awaitRefusal();
    chromium.fill("#token", server.token());
    chromium.click("#token-form button");
    page.chart(channel);
    page.awaitWhole(1);
  }

  /** Under its policy, of which the browser complains if it stands in the way. */
  @Test
  void thePageOfTheApiShowsIt() {
    chromium.open(server.url().resolve("/q/swagger-ui/"));
    LivePage page = LivePage.of(chromium);
    page.awaitText(".opblock-summary-post .opblock-summary-method", "POST");
    await("logo").until(() -> !chromium.evaluate(LOGO).asText().isEmpty());
    chromium.click(".opblock-summary-post .opblock-summary-control");
    page.awaitText(".opblock-body .try-out__btn", "Try it out ");
  }

  private LivePage openPage() throws IOException {
    return openPage(server.url());
  }

  private LivePage openPage(URI url) throws IOException {
    LivePage page = LivePage.open(chromium, url, server.token());
    page.chart(channel);
    return page;
  }

  private void publishFigures(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      String json =
          String.format(
              Locale.ROOT,
              """
              {"at":"%s","load":%.2f,"cpu":0.5,"cpus":2,"memoryUsedBytes":500,\
              "memoryTotalBytes":1000,"receivedBytesPerSecond":10,"sentBytesPerSecond":20}
              """,
              Instant.now(),
              i / 10.0);
      server.publish(channel, json);
    }
  }
}
