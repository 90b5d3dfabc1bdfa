// SPDX-License-Identifier: Apache-2.0
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Publishes what this machine is doing, once a second: {@code java examples/MachineFigures.java}.
 *
 * <p>A figure is kept until it was answered, and repeated under the same idempotency key: so each
 * is stored once, and none is lost unless the server is away for more than {@link #UNSENT_MAX} s.
 */
public final class MachineFigures {
  private static final int UNSENT_MAX = 3_600;
  private static final int BACKOFF_MAX_MS = 10_000;
  private static final Duration ANSWER_MAX = Duration.ofSeconds(10);
  // 401: a server that starts anew may have made a new token.
  private static final Set<Integer> WORTH_REPEATING = Set.of(401, 429, 500, 502, 503, 504);

  private record Figures(UUID key, String json) {}

  private record Traffic(long receivedBytes, long sentBytes) {
    Traffic plus(Traffic other) {
      return new Traffic(receivedBytes + other.receivedBytes, sentBytes + other.sentBytes);
    }
  }

  private final HttpClient http = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
  private final ArrayBlockingQueue<Figures> unsent = new ArrayBlockingQueue<>(UNSENT_MAX);
  private final OperatingSystemMXBean machine =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
  private final URI messages;
  private Traffic before = traffic();

  private MachineFigures(URI messages) {
    this.messages = messages;
  }

  public static void main(String[] arguments) throws Exception {
    String server = System.getenv().getOrDefault("TIDELINE_URL", "http://127.0.0.1:8080");
    String host = InetAddress.getLocalHost().getHostName().replaceAll("[^A-Za-z0-9_.-]", "-");
    URI messages = URI.create(server + "/v1/channels/machine:" + host + "/messages");
    MachineFigures figures = new MachineFigures(messages);
    Executors.newSingleThreadScheduledExecutor()
        .scheduleAtFixedRate(figures::note, 1, 1, TimeUnit.SECONDS);
    System.out.println("Publishing to " + messages);
    figures.publishForEver();
  }

  private void note() {
    Figures figures = new Figures(UUID.randomUUID(), json());
    if (unsent.offer(figures)) return;
    System.err.println("The server was away for too long: the oldest figure is given up");
    unsent.poll();
    unsent.add(figures);
  }

  private void publishForEver() throws InterruptedException {
    while (true) {
      Figures figures = unsent.take();
      int failures = 0;
      for (long leaveMs = post(figures); leaveMs >= 0; leaveMs = post(figures)) {
        int backoffMs = Math.min(BACKOFF_MAX_MS, 250 << Math.min(failures++, 9));
        Thread.sleep(leaveMs + ThreadLocalRandom.current().nextInt(backoffMs));
      }
      if (failures > 0) System.out.println("Back again, still to be sent: " + unsent.size());
    }
  }

  /** Returns -1 if it is stored, else how long to leave the server alone at least, in ms. */
  private long post(Figures figures) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(messages)
              .timeout(ANSWER_MAX)
              .header("Authorization", "Bearer " + token())
              .header("Content-Type", "application/json")
              .header("Idempotency-Key", figures.key().toString())
              .header("Tideline-Type", "figures")
              .POST(HttpRequest.BodyPublishers.ofString(figures.json()))
              .build();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() == 201) return -1;
      System.err.println("Not stored: " + answer.statusCode() + " " + answer.body());
      if (!WORTH_REPEATING.contains(answer.statusCode())) System.exit(1);
      return answer.headers().firstValueAsLong("Retry-After").orElse(0) * 1_000;
    } catch (IOException unreachable) {
      System.err.println("Not stored yet, trying again: " + unreachable);
      return 0;
    }
  }

  private static String token() throws IOException {
    String token = System.getenv("TIDELINE_TOKEN");
    return token != null ? token : Files.readString(Path.of("data", "admin.token")).strip();
  }

  private String json() {
    Traffic last = before;
    before = traffic();
    return String.format(
        Locale.ROOT,
        """
        {"at":"%s","load":%.2f,"cpu":%.3f,"cpus":%d,"memoryUsedBytes":%d,"memoryTotalBytes":%d,\
        "receivedBytesPerSecond":%d,"sentBytesPerSecond":%d}\
        """,
        Instant.now(),
        Math.max(0, machine.getSystemLoadAverage()),
        Math.max(0, machine.getCpuLoad()),
        machine.getAvailableProcessors(),
        machine.getTotalMemorySize() - availableBytes(),
        machine.getTotalMemorySize(),
        before.receivedBytes() - last.receivedBytes(),
        before.sentBytes() - last.sentBytes());
  }

  /** What programs could still get: on Linux more than what is free, as caches give way. */
  private long availableBytes() {
    try (var lines = Files.lines(Path.of("/proc/meminfo"))) {
      String available = lines.filter(line -> line.startsWith("MemAvailable:")).findFirst().get();
      return Long.parseLong(available.replaceAll("\\D", "")) * 1_024;
    } catch (IOException notLinux) {
      return machine.getFreeMemorySize();
    }
  }

  /** Since the interfaces came up, without what the machine says to itself. */
  private static Traffic traffic() {
    try (var lines = Files.lines(Path.of("/proc/net/dev"))) {
      return lines
          .filter(line -> line.contains(":") && !line.strip().startsWith("lo:"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip().split("\\s+"))
          .map(column -> new Traffic(Long.parseLong(column[0]), Long.parseLong(column[8])))
          .reduce(new Traffic(0, 0), Traffic::plus);
    } catch (IOException notLinux) {
      return new Traffic(0, 0);
    }
  }
}
