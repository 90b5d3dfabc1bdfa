package io.tideline.transport;

import static io.tideline.transport.RawSocket.CLOSE;
import static io.tideline.transport.RawSocket.FIN;
import static io.tideline.transport.RawSocket.PING;
import static io.tideline.transport.RawSocket.PONG;
import static io.tideline.transport.RawSocket.TEXT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.tideline.hub.Run;
import io.tideline.hub.TestRuns;
import io.tideline.testing.CommonProfile;
import io.tideline.transport.OpenedOuts.Opened;
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
abstract class WayContract {
  /** What {@code close-wait} is set to. */
  static final Duration CLOSE_WAIT = CommonProfile.CLOSE_WAIT;

  private static final int FRAME_BYTES = 8 * 1024;

  /** What both kernels take before anything waits here; loopback, fixed send buffer. */
  private static final int KERNEL_BYTES_MAX = 16 * 1024 * 1024;

  @Inject OpenedOuts outs;
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
      Opened<SocketOut> socket = outs.next();
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
      Opened<SocketOut> socket = outs.next();
      for (int length : new int[] {0, 125, 126, 65_535, 65_536, 200_000}) {
        String text = "x".repeat(length);
        await().until(() -> socket.ask(WayOut::isDrained));
        socket.ask(out -> wake(out, text(text)));
        assertEquals(text, client.next().text());
      }
    }
  }

  @Test
  void whatIsWrittenByOthersStandsBetweenWholeFrames() throws IOException {
    try (RawSocket client = open()) {
      Opened<SocketOut> socket = outs.next();
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
      Opened<SocketOut> socket = outs.next();
      assertEquals(WayOut.BYTES_MAX, socket.ask(WayOut::room));
      int frames = fill(socket);
      assertFalse(socket.ask(WayOut::isDrained));
      assertEquals(0, socket.writable.get());
      for (int i = 0; i < frames; i++) {
        assertEquals(FRAME_BYTES, client.next().length());
      }
      await().untilAsserted(() -> assertTrue(socket.writable.get() > 0));
      await().until(() -> socket.ask(WayOut::isDrained));
      assertEquals(WayOut.BYTES_MAX, socket.ask(WayOut::room));
    }
  }

  @Test
  void aMessageLargerThanTheBoundLeavesAlone() throws IOException {
    try (RawSocket client = open()) {
      Opened<SocketOut> socket = outs.next();
      String large = "x".repeat(3 * WayOut.BYTES_MAX);
      socket.ask(out -> wake(out, text(large)));
      assertEquals(large, client.next().text());
      await().until(() -> socket.ask(WayOut::isDrained));
    }
  }

  @Test
  void closesBehindWhatWasWrittenAndWritesNothingAfter() throws IOException {
    try (RawSocket client = open()) {
      Opened<SocketOut> socket = outs.next();
      socket.ask(
          out -> {
            wake(out, text("last"));
            out.close(4100, "too slow");
            assertEquals(0, out.room());
            wake(out, text("too late"));
            out.write(text("too late"));
            out.beat();
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
      Opened<SocketOut> socket = outs.next();
      socket.ask(WayContract::closeNow);
      assertEquals(CLOSE, client.next().opcode());
      assertTrue(client.isEnded());
      assertClosed(socket);
    }
  }

  @Test
  void cutsAClientThatDoesNotEvenReadTheClose() throws IOException {
    try (RawSocket client = open()) {
      Opened<SocketOut> socket = outs.next();
      fill(socket);
      socket.ask(WayContract::closeNow);
      assertClosed(socket);
    }
  }

  @Test
  void writesNothingOnceTheClientHasClosed() throws IOException {
    try (RawSocket client = open()) {
      Opened<SocketOut> socket = outs.next();
      client.close(1000);
      assertClosed(socket);
      socket.ask(
          out -> {
            assertEquals(0, out.room());
            wake(out, text("too late"));
            out.beat();
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
      Opened<SocketOut> socket = outs.next();
      assertTrue(socket.ask(WayOut::isBeatGone));
      beat(socket);
      assertEquals(PING, client.next().opcode());
      await().until(() -> socket.ask(WayOut::isBeatGone));
      assertFalse(socket.ask(SocketOut::isAnswered));
      client.frame(FIN | PONG, "");
      await().until(() -> socket.ask(SocketOut::isAnswered));
    }
  }

  @Test
  void aHeartbeatWaitsBehindWhatAClientDoesNotRead() throws IOException {
    try (RawSocket client = open()) {
      Opened<SocketOut> socket = outs.next();
      fill(socket);
      beat(socket);
      assertFalse(socket.ask(WayOut::isBeatGone));
      socket.ask(WayContract::dropNow);
      assertClosed(socket);
    }
  }

  // --- streams

  @Test
  void aStreamIsWhatWasWritten() throws IOException {
    try (RawSocket client = stream("HTTP/1.1")) {
      Opened<StreamOut> stream = outs.next();
      stream.ask(WayContract::writeAndEnd);
      assertTrue(client.head().contains("transfer-encoding: chunked"));
      assertEquals(WRITTEN, chunks(client));
    }
  }

  @Test
  void aStreamOfHttp10IsNotChunked() throws IOException {
    try (RawSocket client = stream("HTTP/1.0")) {
      Opened<StreamOut> stream = outs.next();
      stream.ask(WayContract::writeAndEnd);
      client.head();
      assertEquals(WRITTEN, new String(client.rest(), UTF_8));
    }
  }

  @Test
  void aStreamOfHttp2IsTheSame() {
    CompletableFuture<HttpResponse<String>> response = http2(HttpResponse.BodyHandlers.ofString());
    Opened<StreamOut> stream = outs.next();
    stream.ask(WayContract::writeAndEnd);
    HttpResponse<String> answer = response.orTimeout(10, TimeUnit.SECONDS).join();
    assertEquals(HttpClient.Version.HTTP_2, answer.version());
    assertEquals(WRITTEN, answer.body());
  }

  @Test
  void aStreamThatIsNotReadHoldsABoundAndGetsEverythingLater() throws IOException {
    try (RawSocket client = stream("HTTP/1.1")) {
      Opened<StreamOut> stream = outs.next();
      int frames = fill(stream);
      assertEquals(0, stream.writable.get());
      CompletableFuture<String> body = CompletableFuture.supplyAsync(() -> bodyOf(client));
      await().untilAsserted(() -> assertTrue(stream.writable.get() > 0));
      await().until(() -> stream.ask(WayOut::isDrained));
      stream.ask(WayContract::endNow);
      assertEquals(
          OpenedOuts.OPENING.length() + frames * text("x".repeat(FRAME_BYTES)).length,
          body.orTimeout(10, TimeUnit.SECONDS).join().length());
    }
  }

  @Test
  void aStreamOfHttp2ThatIsNotReadHoldsABoundAndGetsEverythingLater() throws IOException {
    CompletableFuture<HttpResponse<InputStream>> response =
        http2(HttpResponse.BodyHandlers.ofInputStream());
    Opened<StreamOut> stream = outs.next();
    try (InputStream body = response.orTimeout(10, TimeUnit.SECONDS).join().body()) {
      int frames = fill(stream);
      assertEquals(0, stream.writable.get());
      int bytes = OpenedOuts.OPENING.length() + frames * text("x".repeat(FRAME_BYTES)).length;
      assertEquals(bytes, body.readNBytes(bytes).length);
      await().untilAsserted(() -> assertTrue(stream.writable.get() > 0));
      await().until(() -> stream.ask(WayOut::isDrained));
      stream.ask(WayContract::endNow);
      assertEquals(-1, body.read());
    }
  }

  @Test
  void cutsAStreamWhoseEndIsNotRead() throws IOException {
    try (RawSocket client = stream("HTTP/1.1")) {
      Opened<StreamOut> stream = outs.next();
      fill(stream);
      stream.ask(WayContract::endNow);
      stream.closed.orTimeout(2 * StreamOut.END_WAIT.toSeconds(), TimeUnit.SECONDS).join();
    }
  }

  @Test
  void aStreamKnowsThatItsClientIsGone() throws IOException {
    RawSocket client = stream("HTTP/1.1");
    Opened<StreamOut> stream = outs.next();
    client.close();
    stream.closed.orTimeout(10, TimeUnit.SECONDS).join();
    assertEquals(0, stream.ask(WayOut::room));
    stream.ask(WayContract::writeAndEnd);
  }

  private static final String WRITTEN =
      OpenedOuts.OPENING + "data: a\n\ndata: b\n\n" + "data: c\nid: 3\n\n" + ":\n";

  private static Void writeAndEnd(StreamOut out) {
    wake(out, "data: a\n\n".getBytes(UTF_8), "data: b\n\n".getBytes(UTF_8));
    out.write("data: c\n".getBytes(UTF_8), "id: 3\n\n".getBytes(UTF_8));
    out.beat();
    return endNow(out);
  }

  private static Void endNow(StreamOut out) {
    out.end();
    out.end();
    return null;
  }

  private static Void closeNow(SocketOut out) {
    out.close(1001, "");
    return null;
  }

  private static Void dropNow(WayOut out) {
    out.drop();
    return null;
  }

  private static void beat(Opened<? extends WayOut> opened) {
    opened.ask(
        out -> {
          out.beat();
          return null;
        });
  }

  /** What a wake of the hub does for one connection. */
  private static Void wake(WayOut out, byte[]... frames) {
    Run run = TestRuns.of(frames);
    out.write(run);
    out.flush();
    TestRuns.release(run);
    return null;
  }

  /** Writes, as much as there is room for, until none comes any more; returns how many frames. */
  private static int fill(Opened<? extends WayOut> opened) {
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

  private static int fillOnce(WayOut out, byte[] frame) {
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
