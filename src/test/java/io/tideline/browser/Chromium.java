package io.tideline.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tideline.testing.Program;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The Chromium of this machine, headless and with one tab, driven over its DevTools protocol. So a
 * test needs neither a driver of the same version nor anything from the network.
 */
final class Chromium implements AutoCloseable {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final WebSocket devTools;
  private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
  private final List<String> complaints = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger lastId = new AtomicInteger();

  private Chromium(Process process, HttpClient http, URI tab) {
    this.process = process;
    this.devTools = http.newWebSocketBuilder().buildAsync(tab, new Frames()).join();
  }

  /** Starts with a profile of its own in the directory. */
  static Chromium start(Path profile) throws IOException {
    Process process =
        new ProcessBuilder(
                Program.CHROMIUM.path().toString(),
                "--headless",
                // The pages are ours, and the sandbox doesn't start as root or in most containers.
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--window-size=1200,1000",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile.toAbsolutePath(),
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(profile.resolve("chromium.log").toFile())
            .start();
    try {
      HttpClient http = HttpClient.newHttpClient();
      Chromium chromium = new Chromium(process, http, tab(http, port(process, profile)));
      chromium.call("Runtime.enable", Map.of());
      chromium.call("Log.enable", Map.of());
      chromium.call("Network.enable", Map.of());
      chromium.call("Page.enable", Map.of());
      return chromium;
    } catch (IOException | RuntimeException failed) {
      process.destroyForcibly();
      throw failed;
    }
  }

  void open(URI page) {
    call("Page.navigate", Map.of("url", page.toString()));
  }

  /** The value of a JavaScript expression in the page; a promise is waited for. */
  JsonNode evaluate(String expression) {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.path("result").path("value");
  }

  /** What the element says; empty as long as it isn't there. */
  String text(String selector) {
    return evaluate("document.querySelector(%s)?.textContent ?? ''".formatted(quoted(selector)))
        .asText();
  }

  void click(String selector) {
    evaluate("document.querySelector(%s).click()".formatted(quoted(selector)));
  }

  void fill(String selector, String value) {
    evaluate("document.querySelector(%s).value = %s".formatted(quoted(selector), quoted(value)));
  }

  /**
   * Tells the page that there is no network, and lets no new request out; what is open stays open.
   */
  void offline(boolean offline) {
    call(
        "Network.emulateNetworkConditions",
        Map.of("offline", offline, "latency", 0, "downloadThroughput", -1, "uploadThroughput", -1));
  }

  void screenshot(Path file) throws IOException {
    JsonNode answer = call("Page.captureScreenshot", Map.of("captureBeyondViewport", true));
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(answer.path("data").asText()));
  }

  /** Uncaught exceptions and what the browser blocked; failed requests are no fault of the page. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Comes back when all its processes are gone, which write to the profile until then. */
  @Override
  public void close() {
    List<ProcessHandle> family =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    process.destroy();
    for (ProcessHandle member : family) {
      member
          .onExit()
          .completeOnTimeout(member, ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS)
          .join();
      member.destroyForcibly();
    }
  }

  private JsonNode call(String method, Map<String, ?> parameters) {
    int id = lastId.incrementAndGet();
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    answers.put(id, answer);
    ObjectNode command = JSON.createObjectNode().put("id", id).put("method", method);
    command.set("params", JSON.valueToTree(parameters));
    devTools.sendText(command.toString(), true).join();
    JsonNode result = answer.orTimeout(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS).join();
    if (result.has("error")) {
      throw new IllegalStateException(method + ": " + result.get("error"));
    }
    return result.path("result");
  }

  private void heard(JsonNode message) {
    JsonNode parameters = message.path("params");
    switch (message.path("method").asText()) {
      case "" -> answers.remove(message.path("id").asInt()).complete(message);
      case "Runtime.exceptionThrown" -> complaints.add(parameters.toString());
      case "Log.entryAdded" -> noteUnlessNetwork(parameters.path("entry"));
      default -> {}
    }
  }

  private void noteUnlessNetwork(JsonNode entry) {
    if (entry.path("level").asText().equals("error")
        && !entry.path("source").asText().equals("network")) {
      complaints.add(entry.toString());
    }
  }

  private static String quoted(String text) {
    return JSON.valueToTree(text).toString();
  }

  private static int port(Process process, Path profile) throws IOException {
    Path file = profile.resolve("DevToolsActivePort");
    long deadline = System.nanoTime() + ANSWER_MAX.toNanos();
    while (!Files.exists(file) || Files.size(file) == 0) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new IOException(
            "Chromium didn't start: " + Files.readString(profile.resolve("chromium.log")));
      }
      pause();
    }
    return Integer.parseInt(Files.readAllLines(file).get(0));
  }

  private static URI tab(HttpClient http, int port) throws IOException {
    URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
    try {
      String body =
          http.send(
                  HttpRequest.newBuilder(list).timeout(ANSWER_MAX).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      for (JsonNode target : JSON.readTree(body)) {
        if (target.path("type").asText().equals("page")) {
          return URI.create(target.path("webSocketDebuggerUrl").asText());
        }
      }
      throw new IOException("Chromium has no tab: " + body);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException(interrupted);
    }
  }

  /** Puts the parts of a message together again. */
  private final class Frames implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        hear(text.toString());
        text.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    private void hear(String message) {
      try {
        heard(JSON.readTree(message));
      } catch (IOException unreadable) {
        complaints.add(unreadable.toString());
      }
    }
  }
}
