package io.tideline.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** One request and what its answer must be: a row of a table. */
public final class RestCase {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String name;
  private final String method;
  private final String path;
  private final List<String> headers = new ArrayList<>();
  private final List<Expectation> expectations = new ArrayList<>();
  private BodyPublisher body = BodyPublishers.noBody();
  private int status;

  /** What must hold of an answer beside its status. */
  @FunctionalInterface
  public interface Expectation {
    void check(HttpResponse<String> answer);
  }

  private RestCase(String name, String method, String path) {
    this.name = name;
    this.method = method;
    this.path = path;
  }

  /**
   * Begins a case.
   *
   * @param request method and path, as in {@code GET /v1/channels}
   */
  public static RestCase of(String name, String request) {
    String[] words = request.split(" ", 2);
    return new RestCase(name, words[0], words[1]);
  }

  public RestCase header(String header, String value) {
    headers.add(header);
    headers.add(value);
    return this;
  }

  public RestCase token(String token) {
    return header("Authorization", "Bearer " + token);
  }

  public RestCase origin(String origin) {
    return header("Origin", origin);
  }

  public RestCase json(String text) {
    return body("application/json", text);
  }

  public RestCase body(String contentType, String text) {
    body = BodyPublishers.ofString(text);
    return header("Content-Type", contentType);
  }

  /** A body of this size whose length is announced. */
  public RestCase bytes(int count) {
    body = BodyPublishers.ofByteArray(new byte[count]);
    return this;
  }

  /** A body of this size in chunks. */
  public RestCase chunks(int count) {
    body = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[count]));
    return this;
  }

  public RestCase answers(int expected) {
    status = expected;
    return this;
  }

  /** A problem, which must say what to do. */
  public RestCase refuses(int expected, String code) {
    status = expected;
    return and(answer -> checkProblem(answer, expected, code));
  }

  public RestCase has(String header, String value) {
    return and(answer -> assertEquals(List.of(value), answer.headers().allValues(header), header));
  }

  public RestCase lacks(String header) {
    return and(answer -> assertEquals(Optional.empty(), answer.headers().firstValue(header)));
  }

  /** A member of the body, as JSON. */
  public RestCase member(String member, Object value) {
    return and(answer -> assertEquals(value, json(answer).getValue(member), answer.body()));
  }

  public RestCase and(Expectation expectation) {
    expectations.add(expectation);
    return this;
  }

  public void run(HttpClient http, URI base) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path)).timeout(PATIENCE).method(method, body);
    if (!headers.isEmpty()) {
      request.headers(headers.toArray(String[]::new));
    }
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(status, answer.statusCode(), answer.body());
    expectations.forEach(expectation -> expectation.check(answer));
  }

  public static JsonObject json(HttpResponse<String> answer) {
    return new JsonObject(answer.body());
  }

  private static void checkProblem(HttpResponse<String> answer, int status, String code) {
    assertEquals(
        Optional.of("application/problem+json"), answer.headers().firstValue("Content-Type"));
    assertEquals(Optional.of("no-store"), answer.headers().firstValue("Cache-Control"));
    if (!answer.request().method().equals("HEAD")) {
      JsonObject problem = json(answer);
      assertEquals(code, problem.getString("code"));
      assertEquals("https://tideline.io/problems/" + code, problem.getString("type"));
      assertEquals(status, problem.getInteger("status"));
      assertTrue(problem.getString("advice").endsWith("."), "says what to do");
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
