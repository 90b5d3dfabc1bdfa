package io.tideline.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An application that is asked by an authorizer. What it says is scripted by the asked subject;
 * unscripted, a subject {@code may-ACTION-…} may do just that, and nobody else anything.
 */
public final class TestApplication implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> asked = new ConcurrentHashMap<>();
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger atOnceMost = new AtomicInteger();
  private volatile JsonObject last;
  private volatile String lastAuthorization;

  /**
   * One answer.
   *
   * @param cacheControl null for none
   */
  public record Script(int status, String body, String cacheControl, long delayMillis) {
    public static Script allow(boolean allow, String cacheControl) {
      return new Script(200, "{\"allow\":" + allow + "}", cacheControl, 0);
    }

    public static Script answer(int status, String body) {
      return new Script(status, body, null, 0);
    }

    public Script after(long millis) {
      return new Script(status, body, cacheControl, millis);
    }

    JsonObject toJson() {
      return new JsonObject()
          .put("status", status)
          .put("body", body)
          .put("cacheControl", cacheControl)
          .put("delayMillis", delayMillis);
    }

    static Script of(JsonObject json) {
      return new Script(
          json.getInteger("status"),
          json.getString("body"),
          json.getString("cacheControl"),
          json.getLong("delayMillis"));
    }
  }

  public TestApplication() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/authorize", this::authorize);
    server.createContext("/script", this::script);
    server.createContext("/asked", this::asked);
    server.start();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/authorize");
  }

  public void script(String subject, Script script) {
    scripts.put(subject, script);
  }

  /** How often it was asked about the subject. */
  public int asked(String subject) {
    AtomicInteger count = asked.get(subject);
    return count == null ? 0 : count.get();
  }

  /** The most questions that it had at once. */
  public int atOnceMost() {
    return atOnceMost.get();
  }

  /** What it was asked last. */
  public JsonObject last() {
    return last;
  }

  public String lastAuthorization() {
    return lastAuthorization;
  }

  private void authorize(HttpExchange exchange) throws IOException {
    int now = atOnce.incrementAndGet();
    atOnceMost.accumulateAndGet(now, Math::max);
    try (exchange) {
      JsonObject question =
          new JsonObject(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
      last = question;
      lastAuthorization = exchange.getRequestHeaders().getFirst("Authorization");
      String subject = String.valueOf(question.getString("subject"));
      asked.computeIfAbsent(subject, first -> new AtomicInteger()).incrementAndGet();
      boolean isNamed = subject.startsWith("may-" + question.getString("action") + "-");
      Script script = scripts.getOrDefault(subject, Script.allow(isNamed, null));
      Thread.sleep(script.delayMillis());
      if (script.cacheControl() != null) {
        exchange.getResponseHeaders().add("Cache-Control", script.cacheControl());
      }
      if (script.status() / 100 == 3) {
        exchange.getResponseHeaders().add("Location", url().toString());
      }
      atOnce.decrementAndGet();
      answer(exchange, script.status(), script.body());
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void script(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
      scripts.put(exchange.getRequestURI().getQuery(), Script.of(new JsonObject(body)));
      answer(exchange, 200, "{}");
    }
  }

  private void asked(HttpExchange exchange) throws IOException {
    try (exchange) {
      answer(exchange, 200, Integer.toString(asked(exchange.getRequestURI().getQuery())));
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
