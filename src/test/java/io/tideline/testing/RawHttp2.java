package io.tideline.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;

/** An HTTP/2 client that sends what frames it is told, right or wrong (RFC 9113, section 4.1). */
public final class RawHttp2 implements Closeable {
  public static final int DATA = 0x0;
  public static final int HEADERS = 0x1;
  public static final int RST_STREAM = 0x3;
  public static final int SETTINGS = 0x4;
  public static final int PING = 0x6;
  public static final int GOAWAY = 0x7;
  public static final int CONTINUATION = 0x9;

  public static final int END_STREAM = 0x1;
  public static final int END_HEADERS = 0x4;

  public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static final int MAX_CONCURRENT_STREAMS = 0x3;
  private static final int ANSWER_MILLIS_MAX = 15_000;

  private final Socket socket;
  private final DataInputStream in;
  private int streamsMax = Integer.MAX_VALUE;

  public RawHttp2(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  public RawHttp2(Socket connected) throws IOException {
    this(connected, "");
  }

  private RawHttp2(Socket connected, String before) throws IOException {
    socket = connected;
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
    in = new DataInputStream(socket.getInputStream());
    if (!before.isEmpty()) {
      upgrade(before);
    }
    socket.getOutputStream().write(PREFACE.getBytes(US_ASCII));
    frame(SETTINGS, 0, 0);
    for (Frame frame = next(); frame.type != SETTINGS; frame = next()) {
      // what comes before is no matter
    }
  }

  /** One that began with HTTP/1, and a request for nothing that becomes stream 1. */
  public static RawHttp2 upgraded(int port) throws IOException {
    return new RawHttp2(
        new Socket(InetAddress.getLoopbackAddress(), port),
        """
        GET /nowhere HTTP/1.1\r
        Host: localhost\r
        Connection: Upgrade, HTTP2-Settings\r
        Upgrade: h2c\r
        HTTP2-Settings: AAMAAABkAAQAAP__\r
        \r
        """);
  }

  private void upgrade(String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(US_ASCII));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    if (head.indexOf("HTTP/1.1 101 ") != 0) {
      throw new IOException("not upgraded: " + head);
    }
  }

  public Socket socket() {
    return socket;
  }

  /** A frame of the server's. */
  public static final class Frame {
    private final int type;
    private final int stream;
    private final byte[] payload;

    private Frame(int type, int stream, byte[] payload) {
      this.type = type;
      this.stream = stream;
      this.payload = payload;
    }

    public int errorCode() {
      int at = type == GOAWAY ? 4 : 0;
      return payload[at + 3] & 0xff;
    }
  }

  /** What the server allows at a time. */
  public int streamsMax() {
    return streamsMax;
  }

  public void frame(int type, int flags, int stream, int... payload) throws IOException {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    frame(type, flags, stream, bytes);
  }

  public void frame(int type, int flags, int stream, byte[] payload) throws IOException {
    socket.getOutputStream().write(bytes(type, flags, stream, payload));
  }

  /** A frame as it is sent. */
  public static byte[] bytes(int type, int flags, int stream, byte[] payload) {
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

  /** The block of a request's header fields, without any table or Huffman code (RFC 7541). */
  public static byte[] request(String method, String path, String... fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    field(out, ":method", method);
    field(out, ":scheme", "http");
    field(out, ":path", path);
    field(out, ":authority", "localhost");
    for (int i = 0; i < fields.length; i += 2) {
      field(out, fields[i], fields[i + 1]);
    }
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, String name, String value) {
    out.write(0);
    text(out, name);
    text(out, value);
  }

  private static void text(ByteArrayOutputStream out, String text) {
    if (text.length() < 127) {
      out.write(text.length());
    } else {
      out.write(127);
      int rest = text.length() - 127;
      for (; rest >= 128; rest >>>= 7) {
        out.write((rest & 127) | 128);
      }
      out.write(rest);
    }
    out.writeBytes(text.getBytes(US_ASCII));
  }

  /** The next frame; null at the end of the connection. */
  public Frame next() throws IOException {
    try {
      int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
      int type = in.readUnsignedByte();
      in.skipNBytes(1);
      int stream = in.readInt();
      byte[] payload = new byte[length];
      in.readFully(payload);
      if (type == SETTINGS) {
        settings(payload);
      }
      return new Frame(type, stream, payload);
    } catch (EOFException | SocketException end) {
      return null;
    }
  }

  /** The next of this type that concerns the stream (0: the connection); null at the end. */
  public Frame next(int type, int stream) throws IOException {
    Frame frame = next();
    while (frame != null && (frame.type != type || frame.stream != stream)) {
      frame = next();
    }
    return frame;
  }

  private void settings(byte[] payload) {
    for (int i = 0; i + 6 <= payload.length; i += 6) {
      if (payload[i + 1] == MAX_CONCURRENT_STREAMS) {
        streamsMax = ((payload[i + 4] & 0xff) << 8) | (payload[i + 5] & 0xff);
      }
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
