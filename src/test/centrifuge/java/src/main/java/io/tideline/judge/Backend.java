// SPDX-License-Identifier: Apache-2.0
package io.tideline.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the application does behind the clients' backs: over Tideline's own interface, or Centrifugo's
 * server API.
 */
final class Backend {

  private static final int BATCH_MAX = 500;
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(ANSWER_MAX).build();
  private final Map<String, String> last = new ConcurrentHashMap<>();

  void publish(String channel, Object data) {
    publishAll(channel, List.of(data));
  }

  void publishAll(String channel, List<?> all) {
    try {
      for (int from = 0; from < all.size(); from += BATCH_MAX) {
        batch(all.subList(from, Math.min(all.size(), from + BATCH_MAX)).stream()
            .<Map<String, Object>>map(data -> Map.of("channel", channel, "data", data))
            .toList());
      }
    } catch (IOException e) {
      throw new AssertionError("publishing failed: " + e, e);
    }
  }

  void publishBytes(String channel, byte[] bytes) throws IOException {
    batch(List.of(Map.of("channel", channel, Settings.TIDELINE ? "data_base64" : "b64data", bytes)));
  }

  void publishTagged(String channel, Object data, Map<String, String> tags) throws IOException {
    batch(List.of(Map.of("channel", channel, "data", data, Settings.TIDELINE ? "headers" : "tags", tags)));
  }

  /** Publishes until it is answered; the key makes a repetition harmless. */
  void publishSurely(String channel, Object data, String key) throws InterruptedException {
    String name = Settings.TIDELINE ? "key" : "idempotency_key";
    for (long deadline = System.nanoTime() + 60_000_000_000L; ; Thread.sleep(100)) {
      try {
        batch(List.of(Map.of("channel", channel, "data", data, name, key)));
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError(e);
        }
      }
    }
  }

  private void batch(List<Map<String, Object>> items) throws IOException {
    if (Settings.TIDELINE) {
      for (JsonNode result : ask("POST", "/v1/messages", items).get("results")) {
        if (result.get("status").asInt() >= 300) {
          throw new IOException(result.toString());
        }
        last.put(result.get("channel").asText(), result.path("position").asText());
      }
      return;
    }
    List<Object> commands = new ArrayList<>();
    items.forEach(item -> commands.add(Map.of("publish", item)));
    for (JsonNode reply : ask("POST", "/api/batch", Map.of("commands", commands)).at("/result/replies")) {
      if (reply.hasNonNull("error")) {
        throw new IOException(reply.toString());
      }
    }
  }

  /** Removes everything that was published to the channel. */
  void forget(String channel) {
    if (Settings.TIDELINE) {
      String through = URLEncoder.encode(last.get(channel), StandardCharsets.UTF_8);
      must("DELETE", "/v1/channels/" + channel + "/messages?through=" + through, Map.of());
    } else {
      server("history_remove", Map.of("channel", channel));
    }
  }

  void unsubscribe(String user, String channel) {
    server("unsubscribe", Map.of("user", user, "channel", channel));
  }

  void disconnect(String user, int code, String reason) {
    server("disconnect", Map.of("user", user, "disconnect", Map.of("code", code, "reason", reason)));
  }

  private void server(String method, Object body) {
    if (Settings.API_KEY.isEmpty()) {
      throw new Skipped("the backend has no server API for " + method);
    }
    JsonNode answer = must("POST", "/api/" + method, body);
    Scenarios.check(!answer.hasNonNull("error"), method + ": " + answer);
  }

  private JsonNode must(String method, String path, Object body) {
    try {
      return ask(method, path, body);
    } catch (IOException e) {
      throw new AssertionError(path, e);
    }
  }

  private JsonNode ask(String method, String path, Object body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(Settings.HTTP + path))
            .timeout(ANSWER_MAX)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofByteArray(Settings.json(body)));
    if (path.startsWith("/api/")) {
      request.header("X-API-Key", Settings.API_KEY);
    } else {
      request.header("Authorization", "Bearer " + Settings.BEARER);
    }
    try {
      HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
      if (answer.statusCode() >= 300) {
        throw new IOException(path + ": " + answer.statusCode());
      }
      return Settings.JSON.readTree(answer.body());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
