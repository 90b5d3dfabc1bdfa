package abuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Somebody who does no harm: publishes at a steady rate, and reads over a WebSocket and an event
 * stream. What it publishes is a number and the time, so that each reader knows how long it took,
 * and whether one is missing.
 */
final class Healthy implements AutoCloseable {
  static final String CHANNEL = "healthy:1";
  private static final Duration EVERY = Duration.ofMillis(20);
  private static final Duration SETTLE_MAX = Duration.ofSeconds(20);
  private static final Pattern MESSAGE = Pattern.compile("\"n\":(\\d+),\"t\":(\\d+)");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI url;
  private final String token;
  private final Follower socket = new Follower();
  private final Follower events = new Follower();
  private final Times publishes = new Times();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private WebSocket connection;
  private volatile boolean isOver;

  Healthy(URI url, String token) {
    this.url = url;
    this.token = token;
  }

  /** What one reader got. */
  private static final class Follower {
    private final Times times = new Times();
    private final AtomicLong last = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final AtomicLong twice = new AtomicLong();
    private volatile boolean isCut;

    void hear(String text) {
      Matcher message = MESSAGE.matcher(text);
      while (message.find()) {
        long number = Long.parseLong(message.group(1));
        times.add(System.nanoTime() - Long.parseLong(message.group(2)));
        long before = last.getAndSet(number);
        if (number <= before) {
          twice.incrementAndGet();
        } else {
          lost.addAndGet(number - before - 1);
        }
      }
    }
  }

  /** Nanoseconds of what happened since the last look. */
  private static final class Times {
    private final List<Long> nanos = new ArrayList<>();

    synchronized void add(long nano) {
      nanos.add(nano);
    }

    /** Milliseconds: the half of them, and 99 of 100, were faster. */
    synchronized double[] take() {
      long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
      nanos.clear();
      if (sorted.length == 0) {
        return new double[] {Double.NaN, Double.NaN};
      }
      return new double[] {
        sorted[sorted.length / 2] / 1e6, sorted[Math.min(sorted.length - 1, sorted.length * 99 / 100)] / 1e6
      };
    }
  }

  /** How it fared since the last look. */
  record Report(
      double[] socket, double[] events, double[] publish, long lost, long refused, boolean isCut) {
    double worst() {
      return Arrays.stream(new double[] {socket[1], events[1], publish[1]}).max().orElseThrow();
    }
  }

  void start() throws InterruptedException {
    openSocket();
    thread("healthy events", this::readEvents);
    Thread.sleep(500);
    thread("healthy publisher", this::publish);
  }

  private static void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.setPriority(Thread.MAX_PRIORITY);
    thread.start();
  }

  private void openSocket() {
    StringBuilder text = new StringBuilder();
    connection =
        http.newWebSocketBuilder()
            .subprotocols("tideline.v1")
            .header("Authorization", "Bearer " + token)
            .buildAsync(
                URI.create(url.toString().replaceFirst("http", "ws") + "/v1/ws"),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
                    text.append(part);
                    if (last) {
                      socket.hear(text.toString());
                      text.setLength(0);
                    }
                    from.request(1);
                    return null;
                  }

                  @Override
                  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                    socket.isCut = true;
                    return null;
                  }

                  @Override
                  public void onError(WebSocket from, Throwable error) {
                    socket.isCut = true;
                  }
                })
            .join();
    connection.sendText("{\"id\":1,\"subscribe\":{\"channel\":\"" + CHANNEL + "\"}}", true).join();
  }

  private void readEvents() {
    HttpRequest request =
        request("/v1/channels/" + CHANNEL + "/messages").header("Accept", "text/event-stream").build();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        events.hear(line);
      }
    } catch (IOException | InterruptedException ended) {
      // as the end of the stream
    }
    events.isCut = !isOver;
  }

  private void publish() {
    long number = 0;
    long next = System.nanoTime();
    while (!isOver) {
      long begin = System.nanoTime();
      String body = "{\"n\":%d,\"t\":%d}".formatted(number + 1, begin);
      HttpRequest request =
          request("/v1/channels/" + CHANNEL + "/messages")
              .header("Content-Type", "application/json")
              .header("Idempotency-Key", "healthy-" + (number + 1))
              .timeout(Duration.ofSeconds(10))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build();
      try {
        int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        if (status == 201) {
          publishes.add(System.nanoTime() - begin);
          number++;
          acknowledged.set(number);
        } else {
          refused.incrementAndGet();
        }
        next = Math.max(next + EVERY.toNanos(), System.nanoTime() - EVERY.toNanos());
        Thread.sleep(Math.max(0, (next - System.nanoTime()) / 1_000_000));
      } catch (IOException failed) {
        refused.incrementAndGet();
      } catch (InterruptedException over) {
        return;
      }
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(url.resolve(path)).header("Authorization", "Bearer " + token);
  }

  /** Waits until both readers have what was acknowledged, and says what happened since the last look. */
  Report report() throws InterruptedException {
    long due = acknowledged.get();
    long deadline = System.nanoTime() + SETTLE_MAX.toNanos();
    while ((socket.last.get() < due || events.last.get() < due) && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    long behind =
        Math.max(0, due - socket.last.get()) + Math.max(0, due - events.last.get());
    long lost =
        behind
            + socket.lost.getAndSet(0)
            + events.lost.getAndSet(0)
            + socket.twice.getAndSet(0)
            + events.twice.getAndSet(0);
    return new Report(
        socket.times.take(),
        events.times.take(),
        publishes.take(),
        lost,
        refused.getAndSet(0),
        socket.isCut || events.isCut);
  }

  @Override
  public void close() {
    isOver = true;
    connection.abort();
  }
}
