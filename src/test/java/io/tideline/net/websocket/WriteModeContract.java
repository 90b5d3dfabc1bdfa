package io.tideline.net.websocket;

import static io.tideline.testing.RawSocket.CLOSE;
import static io.tideline.testing.RawSocket.FIN;
import static io.tideline.testing.RawSocket.PING;
import static io.tideline.testing.RawSocket.PONG;
import static io.tideline.testing.RawSocket.TEXT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.tideline.hub.FrameBatch;
import io.tideline.hub.TestBatches;
import io.tideline.net.out.ResponseWriter;
import io.tideline.net.websocket.OpenedWriters.Opened;
import io.tideline.protocol.ServerEvents;
import io.tideline.session.ConnectionWriter;
import io.tideline.testing.CommonProfile;
import io.tideline.testing.RawSocket;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** What every way out must keep to, on WebSockets and on streams. */
@SuppressWarnings("try") // Some clients are only there.
abstract class WriteModeContract {
  /** What {@code close-wait} is set to. */
  static final Duration CLOSE_WAIT = CommonProfile.CLOSE_WAIT;

  private static final int FRAME_BYTES = 8 * 1024;

  /** What both kernels take before anything waits here; loopback, fixed send buffer. */
  private static final int KERNEL_BYTES_MAX = 16 * 1024 * 1024;

  @Inject OpenedWriters outs;
  @TestHTTPResource URI plaintext;

  URI server() {
    return plaintext;
  }

  /** Null for none. */
  SSLContext context() {
    return null;
  }

  // --- WebSockets

  @Test
  void framesArriveInTheOrderOfTheWrites() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      socket.ask(
          out -> {
            wake(out, text("one"), text("two"));
            out.write(text("three"), text("four"));
            out.flush();
            wake(out, text("five"));
            return null;
          });
      assertEquals(List.of("one", "two", "three", "four", "five"), texts(client, 5));
    }
  }

  @Test
  void framesOfAllLengthsArrive() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      for (int length : new int[] {0, 125, 126, 65_535, 65_536, 200_000}) {
        String text = "x".repeat(length);
        await().until(() -> socket.ask(ConnectionWriter::isDrained));
        socket.ask(out -> wake(out, text(text)));
        assertEquals(text, client.next().text());
      }
    }
  }

  @Test
  void whatIsWrittenByOthersStandsBetweenWholeFrames() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      for (int i = 0; i < 50; i++) {
        String number = Integer.toString(i);
        socket.ask(
            out -> {
              wake(out, text("shared " + number));
              socket.connection.sendText("plain " + number).subscribe().with(sent -> {});
              return null;
            });
        client.frame(FIN | PING, number);
      }
      List<String> seen = new ArrayList<>();
      int pongs = 0;
      while (seen.size() < 100 || pongs < 50) {
        RawSocket.Frame frame = client.next();
        if (frame.opcode() == PONG) {
          assertEquals(Integer.toString(pongs++), frame.text());
        } else {
          seen.add(frame.text());
        }
      }
      for (int i = 0; i < 50; i++) {
        assertEquals("shared " + i, seen.get(2 * i));
        assertEquals("plain " + i, seen.get(2 * i + 1));
      }
    }
  }

  @Test
  void aReaderThatStopsHoldsABoundAndGetsEverythingLater() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      assertEquals(ConnectionWriter.BYTES_MAX, socket.ask(ConnectionWriter::room));
      int frames = fill(socket);
      assertFalse(socket.ask(ConnectionWriter::isDrained));
      assertEquals(0, socket.writable.get());
      for (int i = 0; i < frames; i++) {
        assertEquals(FRAME_BYTES, client.next().length());
      }
      await().untilAsserted(() -> assertTrue(socket.writable.get() > 0));
      await().until(() -> socket.ask(ConnectionWriter::isDrained));
      assertEquals(ConnectionWriter.BYTES_MAX, socket.ask(ConnectionWriter::room));
    }
  }

  @Test
  void aMessageLargerThanTheBoundLeavesAlone() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      String large = "x".repeat(3 * ConnectionWriter.BYTES_MAX);
      socket.ask(out -> wake(out, text(large)));
      assertEquals(large, client.next().text());
      await().until(() -> socket.ask(ConnectionWriter::isDrained));
    }
  }

  @Test
  void closesBehindWhatWasWrittenAndWritesNothingAfter() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      socket.ask(
          out -> {
            wake(out, text("last"));
            out.close(4100, "too slow");
            assertEquals(0, out.room());
            wake(out, text("too late"));
            out.write(text("too late"));
            out.beat(WebSocketFrames.ping());
            out.flush();
            out.close(4000, "once is enough");
            return null;
          });
      assertEquals("last", client.next().text());
      RawSocket.Frame close = client.next();
      assertEquals(CLOSE, close.opcode());
      assertEquals(4100, close.code());
      client.close(4100);
      assertTrue(client.isEnded());
      assertClosed(socket);
    }
  }

  @Test
  void cutsAClientThatDoesNotAnswerTheClose() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      socket.ask(WriteModeContract::closeNow);
      assertEquals(CLOSE, client.next().opcode());
      assertTrue(client.isEnded());
      assertClosed(socket);
    }
  }

  @Test
  void cutsAClientThatDoesNotEvenReadTheClose() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      fill(socket);
      socket.ask(WriteModeContract::closeNow);
      assertClosed(socket);
    }
  }

  @Test
  void writesNothingOnceTheClientHasClosed() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      client.close(1000);
      assertClosed(socket);
      socket.ask(
          out -> {
            assertEquals(0, out.room());
            wake(out, text("too late"));
            out.beat(WebSocketFrames.ping());
            out.drop();
            return null;
          });
      assertEquals(CLOSE, client.next().opcode());
      assertTrue(client.isEnded());
    }
  }

  @Test
  void aHeartbeatIsAPingThatMustBeAnswered() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      assertTrue(socket.ask(ConnectionWriter::isBeatGone));
      beat(socket, WebSocketFrames.ping());
      assertEquals(PING, client.next().opcode());
      await().until(() -> socket.ask(ConnectionWriter::isBeatGone));
      assertFalse(socket.ask(WebSocketWriter::isAnswered));
      client.frame(FIN | PONG, "");
      await().until(() -> socket.ask(WebSocketWriter::isAnswered));
    }
  }

  @Test
  void aHeartbeatWaitsBehindWhatAClientDoesNotRead() throws IOException {
    try (RawSocket client = open()) {
      Opened<WebSocketWriter> socket = outs.next();
      fill(socket);
      beat(socket, WebSocketFrames.ping());
      assertFalse(socket.ask(ConnectionWriter::isBeatGone));
      socket.ask(WriteModeContract::dropNow);
      assertClosed(socket);
    }
  }

  // --- streams

  @Test
  void aStreamIsWhatWasWritten() throws IOException {
    try (RawSocket client = stream("HTTP/1.1")) {
      Opened<ResponseWriter> stream = outs.next();
      stream.ask(WriteModeContract::writeAndEnd);
      assertTrue(client.head().contains("transfer-encoding: chunked"));
      assertEquals(WRITTEN, chunks(client));
    }
  }

  @Test
  void aStreamOfHttp10IsNotChunked() throws IOException {
    try (RawSocket client = stream("HTTP/1.0")) {
      Opened<ResponseWriter> stream = outs.next();
      stream.ask(WriteModeContract::writeAndEnd);
      client.head();
      assertEquals(WRITTEN, new String(client.rest(), UTF_8));
    }
  }

  @Test
  void aStreamOfHttp2IsTheSame() {
    CompletableFuture<HttpResponse<String>> response = http2(HttpResponse.BodyHandlers.ofString());
    Opened<ResponseWriter> stream = outs.next();
    stream.ask(WriteModeContract::writeAndEnd);
    HttpResponse<String> answer = response.orTimeout(10, TimeUnit.SECONDS).join();
    assertEquals(HttpClient.Version.HTTP_2, answer.version());
    assertEquals(WRITTEN, answer.body());
  }

  @Test
  void aStreamThatIsNotReadHoldsABoundAndGetsEverythingLater() throws IOException {
    try (RawSocket client = stream("HTTP/1.1")) {
      Opened<ResponseWriter> stream = outs.next();
      int frames = fill(stream);
      assertEquals(0, stream.writable.get());
      CompletableFuture<String> body = CompletableFuture.supplyAsync(() -> bodyOf(client));
      await().untilAsserted(() -> assertTrue(stream.writable.get() > 0));
      await().until(() -> stream.ask(ConnectionWriter::isDrained));
      stream.ask(WriteModeContract::endNow);
      assertEquals(
          OpenedWriters.OPENING.length() + frames * text("x".repeat(FRAME_BYTES)).length,
          body.orTimeout(10, TimeUnit.SECONDS).join().length());
    }
  }

  @Test
  void aStreamOfHttp2ThatIsNotReadHoldsABoundAndGetsEverythingLater() throws IOException {
    CompletableFuture<HttpResponse<InputStream>> response =
        http2(HttpResponse.BodyHandlers.ofInputStream());
    Opened<ResponseWriter> stream = outs.next();
    try (InputStream body = response.orTimeout(10, TimeUnit.SECONDS).join().body()) {
      int frames = fill(stream);
      assertEquals(0, stream.writable.get());
      int bytes = OpenedWriters.OPENING.length() + frames * text("x".repeat(FRAME_BYTES)).length;
      assertEquals(bytes, body.readNBytes(bytes).length);
      await().untilAsserted(() -> assertTrue(stream.writable.get() > 0));
      await().until(() -> stream.ask(ConnectionWriter::isDrained));
      stream.ask(WriteModeContract::endNow);
      assertEquals(-1, body.read());
    }
  }

  @Test
  void cutsAStreamWhoseEndIsNotRead() throws IOException {
    try (RawSocket client = stream("HTTP/1.1")) {
      Opened<ResponseWriter> stream = outs.next();
      fill(stream);
      stream.ask(WriteModeContract::endNow);
      stream.closed.orTimeout(2 * ResponseWriter.END_WAIT.toSeconds(), TimeUnit.SECONDS).join();
    }
  }

  @Test
  void aStreamKnowsThatItsClientIsGone() throws IOException {
    RawSocket client = stream("HTTP/1.1");
    Opened<ResponseWriter> stream = outs.next();
    client.close();
    stream.closed.orTimeout(10, TimeUnit.SECONDS).join();
    assertEquals(0, stream.ask(ConnectionWriter::room));
    stream.ask(WriteModeContract::writeAndEnd);
  }

  private static final String WRITTEN =
      OpenedWriters.OPENING + "data: a\n\ndata: b\n\n" + "data: c\nid: 3\n\n" + ":\n";

  private static Void writeAndEnd(ResponseWriter out) {
    wake(out, "data: a\n\n".getBytes(UTF_8), "data: b\n\n".getBytes(UTF_8));
    out.write("data: c\n".getBytes(UTF_8), "id: 3\n\n".getBytes(UTF_8));
    out.beat(ServerEvents.HEARTBEAT);
    return endNow(out);
  }

  private static Void endNow(ResponseWriter out) {
    out.end();
    out.end();
    return null;
  }

  private static Void closeNow(WebSocketWriter out) {
    out.close(1001, "");
    return null;
  }

  private static Void dropNow(ConnectionWriter out) {
    out.drop();
    return null;
  }

  private static void beat(Opened<? extends ConnectionWriter> opened, byte[] frame) {
    opened.ask(
        out -> {
          out.beat(frame);
          return null;
        });
  }

  /** What a wake of the hub does for one connection. */
  private static Void wake(ConnectionWriter out, byte[]... frames) {
    FrameBatch run = TestBatches.of(frames);
    out.write(run);
    out.flush();
    TestBatches.release(run);
    return null;
  }

  /** Writes, as much as there is room for, until none comes any more; returns how many frames. */
  private static int fill(Opened<? extends ConnectionWriter> opened) {
    byte[] frame = text("x".repeat(FRAME_BYTES));
    int frames = 0;
    int idle = 0;
    while (idle < 20) {
      int written = opened.ask(out -> fillOnce(out, frame));
      frames += written;
      idle = written == 0 ? idle + 1 : 0;
      assertTrue(frames * frame.length < KERNEL_BYTES_MAX, "nothing stops the writer");
      pause();
    }
    opened.writable.set(0);
    return frames;
  }

  private static int fillOnce(ConnectionWriter out, byte[] frame) {
    int written = 0;
    while (out.room() >= frame.length) {
      wake(out, frame);
      written++;
      assertTrue(written * frame.length <= KERNEL_BYTES_MAX, "nothing stops the writer");
    }
    return written;
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(20);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void assertClosed(Opened<?> opened) {
    opened.closed.orTimeout(5 * CLOSE_WAIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  private <T> CompletableFuture<HttpResponse<T>> http2(HttpResponse.BodyHandler<T> handler) {
    // By itself it takes 16 MiB ahead of whoever reads.
    System.setProperty("jdk.httpclient.windowsize", Integer.toString(64 * 1024));
    HttpClient.Builder client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2);
    if (context() != null) {
      client.sslContext(context());
    }
    return client
        .build()
        .sendAsync(HttpRequest.newBuilder(server().resolve("/test/stream")).build(), handler);
  }

  private RawSocket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server().getPort());
    return new RawSocket(
        context() == null
            ? socket
            : context()
                .getSocketFactory()
                .createSocket(socket, "localhost", server().getPort(), true));
  }

  private RawSocket open() throws IOException {
    return connect().upgrade("/test/out");
  }

  private RawSocket stream(String version) throws IOException {
    RawSocket client = connect();
    client.send("GET /test/stream " + version + "\r\nHost: localhost\r\n\r\n");
    return client;
  }

  private static String bodyOf(RawSocket client) {
    try {
      client.head();
      return chunks(client);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A chunked body, up to its end. */
  private static String chunks(RawSocket client) throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      int length = Integer.parseInt(client.line(), 16);
      body.append(new String(client.bytes(length), ISO_8859_1));
      assertEquals("", client.line());
      if (length == 0) {
        return body.toString();
      }
    }
  }

  private static List<String> texts(RawSocket client, int count) throws IOException {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(client.next().text());
    }
    return texts;
  }

  /** A server's frame. */
  private static byte[] text(String content) {
    byte[] masked = RawSocket.masked(FIN | TEXT, content.getBytes(UTF_8));
    byte[] frame = new byte[masked.length - 4];
    int header = frame.length - content.length();
    System.arraycopy(masked, 0, frame, 0, header);
    frame[1] &= 0x7f;
    System.arraycopy(content.getBytes(UTF_8), 0, frame, header, content.length());
    return frame;
  }
}
