package io.tideline.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * An event stream as a browser reads it, but block by block: also those that dispatch nothing. A
 * comment and a {@code retry} count as soon as their line has ended, so each is a block of its own
 * where no block has begun.
 */
public final class TestEventStream implements AutoCloseable {
  private final HttpResponse<InputStream> response;

  /** Empty: the end. */
  private final BlockingQueue<Optional<Block>> blocks = new LinkedBlockingQueue<>();

  TestEventStream(HttpResponse<InputStream> response) {
    this.response = response;
    Thread reader = new Thread(this::read, "event stream");
    reader.setDaemon(true);
    reader.start();
  }

  /**
   * What stands before an empty line; what isn't there is null.
   *
   * @param comments without their colons
   */
  public record Block(String id, String event, String data, String retry, List<String> comments) {}

  public int status() {
    return response.statusCode();
  }

  public HttpHeaders headers() {
    return response.headers();
  }

  /** The next block; fails if none comes in time or the stream has ended. */
  public Block next() {
    return nextOrEnd().orElseThrow(() -> new AssertionError("the stream has ended"));
  }

  /** The next block that is more than a comment. */
  public Block nextField() {
    Block block = next();
    return block.comments().isEmpty() ? block : nextField();
  }

  /** The next block with data: what a browser would dispatch. */
  public Block nextEvent() {
    Block block = next();
    return block.data() != null ? block : nextEvent();
  }

  public boolean isEnd() {
    return nextOrEnd().isEmpty();
  }

  /** True if nothing comes in this time. */
  public boolean isSilent(long millis) throws InterruptedException {
    return blocks.poll(millis, TimeUnit.MILLISECONDS) == null;
  }

  /** Empty at the end. */
  public Optional<Block> nextOrEnd() {
    try {
      Optional<Block> block = blocks.poll(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (block == null) {
        throw new AssertionError("nothing came in time");
      }
      return block;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }

  @Override
  public void close() {
    try {
      response.body().close();
    } catch (IOException gone) {
      // that is what was wanted
    }
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      List<String> block = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (block.isEmpty() && (line.startsWith(":") || line.startsWith("retry:"))) {
          blocks.add(Optional.of(parse(List.of(line))));
        } else if (!line.isEmpty()) {
          block.add(line);
        } else if (!block.isEmpty()) {
          blocks.add(Optional.of(parse(block)));
          block.clear();
        }
      }
    } catch (IOException cut) {
      // the end, like a proper one
    }
    blocks.add(Optional.empty());
  }

  private static Block parse(List<String> lines) {
    String id = null;
    String event = null;
    String data = null;
    String retry = null;
    List<String> comments = new ArrayList<>();
    for (String line : lines) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? line : line.substring(0, colon);
      String rest = colon < 0 ? "" : line.substring(colon + 1);
      String value = rest.startsWith(" ") ? rest.substring(1) : rest;
      switch (name) {
        case "" -> comments.add(value);
        case "id" -> id = value;
        case "event" -> event = value;
        case "data" -> data = data == null ? value : data + "\n" + value;
        case "retry" -> retry = value;
        default -> throw new AssertionError("unknown field: " + line);
      }
    }
    return new Block(id, event, data, retry, comments);
  }
}
