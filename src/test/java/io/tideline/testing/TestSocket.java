package io.tideline.testing;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A WebSocket of {@code tideline.v1}. */
public final class TestSocket implements AutoCloseable {
  /** Stays at the end of the frames of a socket that is closed. */
  private static final JsonObject CLOSED = new JsonObject().put("closed", true);

  public static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";

  private final BlockingQueue<JsonObject> frames = new LinkedBlockingQueue<>();
  private final BlockingQueue<byte[]> binaries = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final Listener listener = new Listener();
  private WebSocket socket;

  private TestSocket() {}

  static TestSocket open(HttpClient http, URI uri, String token) {
    WebSocket.Builder builder = http.newWebSocketBuilder().subprotocols("tideline.v1");
    if (token != null) {
      builder.header("Authorization", "Bearer " + token);
    }
    return open(builder, uri);
  }

  /**
   * One of another protocol.
   *
   * @param headers such as the origin; and {@code Sec-WebSocket-Protocol}, if it has one
   */
  public static TestSocket open(URI uri, Map<String, String> headers) {
    WebSocket.Builder builder = HttpClient.newHttpClient().newWebSocketBuilder();
    headers.forEach(
        (name, value) -> {
          if (name.equals(SUBPROTOCOL)) {
            builder.subprotocols(value);
          } else {
            builder.header(name, value);
          }
        });
    return open(builder, uri);
  }

  static TestSocket openAsBrowsersDo(HttpClient http, URI uri, String token) {
    return open(
        http.newWebSocketBuilder().subprotocols("tideline.v1", "tideline.bearer." + token), uri);
  }

  private static TestSocket open(WebSocket.Builder builder, URI uri) {
    TestSocket opened = new TestSocket();
    opened.socket =
        builder
            .buildAsync(uri, opened.listener)
            .orTimeout(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .join();
    return opened;
  }

  public void send(String frame) {
    socket
        .sendText(frame, true)
        .orTimeout(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .join();
  }

  public void send(JsonObject frame) {
    send(frame.encode());
  }

  public void sendBinary(byte[] bytes) {
    socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
  }

  /** The next text frame; fails if none comes in time, or the socket is closed. */
  public JsonObject next() {
    return next(frames);
  }

  /** The next text frame; empty if the socket is closed; fails if nothing comes in time. */
  public Optional<JsonObject> nextOrEnd() {
    try {
      JsonObject frame = frames.poll(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("nothing came in time");
      }
      return frame.equals(CLOSED) ? Optional.empty() : Optional.of(frame);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }

  /** The next binary frame; fails if none comes in time. */
  public byte[] nextBinary() {
    return next(binaries);
  }

  private <T> T next(BlockingQueue<T> from) {
    try {
      T frame = from.poll(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (frame == null) {
        throw new AssertionError("nothing came in time; closed: " + closed.getNow(null));
      }
      if (frame.equals(CLOSED)) {
        frames.add(CLOSED);
        throw new AssertionError("closed: " + closed.getNow(null));
      }
      return frame;
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts tests", e);
    }
  }

  /** True if nothing comes in this time. */
  public boolean isSilent(long millis) throws InterruptedException {
    JsonObject frame = frames.poll(millis, TimeUnit.MILLISECONDS);
    return frame == null || frame.equals(CLOSED);
  }

  /** The code that the server closes with. */
  public int closeCode() {
    return closed.orTimeout(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    socket.abort();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();
    private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        frames.add(new JsonObject(text.toString()));
        text.setLength(0);
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer part, boolean last) {
      byte[] bytes = new byte[part.remaining()];
      part.get(bytes);
      binary.writeBytes(bytes);
      if (last) {
        binaries.add(binary.toByteArray());
        binary.reset();
      }
      from.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code);
      frames.add(CLOSED);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.completeExceptionally(error);
      frames.add(CLOSED);
    }
  }
}
