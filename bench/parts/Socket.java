package parts;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A WebSocket of {@code tideline.v1} that is read by one thread; no more frames wait than were
 * asked for.
 */
final class Socket implements Closeable, WebSocket.Listener {
  private static final int WAITING_FRAMES_MAX = 64;
  private static final String END = "";

  private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
  private final StringBuilder fragments = new StringBuilder();
  private final WebSocket socket;
  private volatile String ending = "closed";

  Socket(HttpClient http, URI uri, String authorization, Duration timeout) throws IOException {
    try {
      socket =
          http.newWebSocketBuilder()
              .header("Authorization", authorization)
              .subprotocols("tideline.v1")
              .connectTimeout(timeout)
              .buildAsync(uri, this)
              .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
              .join();
    } catch (CompletionException e) {
      throw new IOException("no WebSocket: " + e.getCause(), e.getCause());
    }
  }

  void send(String frame) throws IOException {
    try {
      socket.sendText(frame, true).orTimeout(10, TimeUnit.SECONDS).join();
    } catch (CompletionException e) {
      throw new IOException("not sent: " + e.getCause(), e.getCause());
    }
  }

  /** The next frame, or null if none came in time. */
  Json receive(long millis) throws IOException {
    String frame;
    try {
      frame = frames.poll(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nothing interrupts these threads", e);
    }
    if (frame == null) {
      return null;
    }
    if (frame.equals(END)) {
      frames.add(END);
      throw new IOException(ending);
    }
    socket.request(1);
    return Json.parse(frame);
  }

  @Override
  public void close() {
    socket.abort();
  }

  @Override
  public void onOpen(WebSocket opened) {
    opened.request(WAITING_FRAMES_MAX);
  }

  @Override
  public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
    fragments.append(text);
    if (last) {
      frames.add(fragments.toString());
      fragments.setLength(0);
    } else {
      from.request(1);
    }
    return null;
  }

  @Override
  public CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
    from.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    ending = "closed by the server: " + code + " " + reason;
    frames.add(END);
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    ending = "broken: " + error;
    frames.add(END);
  }
}
