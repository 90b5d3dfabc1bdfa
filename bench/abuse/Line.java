package abuse;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;

/** A connection on which anything can be sent. */
final class Line implements Closeable {
  private static final byte[] MASK = {1, 2, 3, 4};

  private final Socket socket;

  Line(URI url) throws IOException {
    socket = new Socket(url.getHost(), url.getPort());
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(5_000);
  }

  /** One that takes next to nothing into its own buffer, so that the server's fills. */
  static Line stalled(URI url) throws IOException {
    Line line = new Line(url);
    line.socket.setReceiveBufferSize(4096);
    return line;
  }

  Line send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  Line send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Up to the end of a response's head; empty at the end of the connection. */
  String head() throws IOException {
    InputStream in = socket.getInputStream();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        return "";
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** A response of HTTP/1 whose length is announced. */
  void answer() throws IOException {
    String head = head();
    if (head.isEmpty()) {
      throw new IOException("ended");
    }
    int at = head.toLowerCase(Locale.ROOT).indexOf("content-length: ");
    if (at >= 0) {
      int length = Integer.parseInt(head.substring(at + 16, head.indexOf('\r', at)));
      socket.getInputStream().skipNBytes(length);
    }
  }

  /** What has come, thrown away. */
  void drain() throws IOException {
    InputStream in = socket.getInputStream();
    in.skipNBytes(in.available());
  }

  static String upgrade(String token) {
    return "GET /v1/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Protocol: tideline.v1\r\nAuthorization: Bearer "
        + token
        + "\r\n\r\n";
  }

  Line upgraded(String token) throws IOException {
    send(upgrade(token));
    if (!head().startsWith("HTTP/1.1 101")) {
      throw new IOException("not upgraded");
    }
    return this;
  }

  /** A WebSocket frame of up to 64 KiB. */
  static byte[] webSocket(int first, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    if (payload.length < 126) {
      out.write(0x80 | payload.length);
    } else {
      out.write(0x80 | 126);
      out.write(payload.length >>> 8);
      out.write(payload.length);
    }
    out.writeBytes(MASK);
    for (int i = 0; i < payload.length; i++) {
      out.write(payload[i] ^ MASK[i & 3]);
    }
    return out.toByteArray();
  }

  /** A frame of HTTP/2. */
  static byte[] http2(int type, int flags, int stream, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(payload.length >>> 16);
    out.write(payload.length >>> 8);
    out.write(payload.length);
    out.write(type);
    out.write(flags);
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.write(stream >>> shift);
    }
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /** The head of a GET, in HPACK without any table. */
  static byte[] http2Get(String path) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String[] field :
        new String[][] {
          {":method", "GET"}, {":scheme", "http"}, {":path", path}, {":authority", "localhost"}
        }) {
      out.write(0);
      for (String part : field) {
        out.write(part.length());
        out.writeBytes(part.getBytes(ISO_8859_1));
      }
    }
    return out.toByteArray();
  }

  Line http2() throws IOException {
    send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    return send(http2(4, 0, 0, new byte[0]));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
