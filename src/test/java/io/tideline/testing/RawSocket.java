package io.tideline.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Locale;

/** A WebSocket client that sends what it is told, right or wrong. */
public final class RawSocket implements Closeable {
  public static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

  public static final int CONTINUATION = 0x0;
  public static final int TEXT = 0x1;
  public static final int BINARY = 0x2;
  public static final int CLOSE = 0x8;
  public static final int PING = 0x9;
  public static final int PONG = 0xa;
  public static final int FIN = 0x80;
  public static final int RSV1 = 0x40;

  private static final int ANSWER_MILLIS_MAX = 10_000;
  private static final byte[] MASK = {0x12, 0x34, 0x56, 0x78};

  private final Socket socket;
  private final DataInputStream in;

  public RawSocket(int port) throws IOException {
    this(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  public RawSocket(Socket connected) throws IOException {
    socket = connected;
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
  }

  /** One that has been upgraded. */
  public static RawSocket open(int port, String path) throws IOException {
    return new RawSocket(port).upgrade(path);
  }

  public RawSocket upgrade(String path) throws IOException {
    upgradeBy(handshake(path));
    return this;
  }

  /** Returns the head of the answer. */
  public String upgradeBy(String handshake) throws IOException {
    send(handshake);
    String head = head();
    if (!head.startsWith("HTTP/1.1 101 ")) {
      throw new IOException("not upgraded: " + head);
    }
    return head;
  }

  /**
   * The head of a request.
   *
   * @param headers beside those that RFC 6455 asks for
   */
  public static String handshake(String path, String... headers) {
    StringBuilder more = new StringBuilder();
    for (String header : headers) {
      more.append(header).append("\r\n");
    }
    return "GET "
        + path
        + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: "
        + KEY
        + "\r\nSec-WebSocket-Version: 13\r\n"
        + more
        + "\r\n";
  }

  public Socket socket() {
    return socket;
  }

  public void send(String head) throws IOException {
    send(head.getBytes(ISO_8859_1));
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  public void frame(int firstByte, String payload) throws IOException {
    frame(firstByte, payload.getBytes(UTF_8));
  }

  public void frame(int firstByte, byte[] payload) throws IOException {
    send(masked(firstByte, payload));
  }

  public static byte[] masked(int firstByte, byte[] payload) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + 14);
    out.write(firstByte);
    int length = payload.length;
    if (length <= 125) {
      out.write(0x80 | length);
    } else if (length <= 0xffff) {
      out.write(0x80 | 126);
      out.write(length >>> 8);
      out.write(length);
    } else {
      out.write(0x80 | 127);
      out.writeBytes(new byte[4]);
      for (int shift = 24; shift >= 0; shift -= 8) {
        out.write(length >>> shift);
      }
    }
    out.writeBytes(MASK);
    for (int i = 0; i < length; i++) {
      out.write(payload[i] ^ MASK[i % 4]);
    }
    return out.toByteArray();
  }

  public void close(int code) throws IOException {
    frame(FIN | CLOSE, new byte[] {(byte) (code >>> 8), (byte) code});
  }

  /** The head of a response, status line first. */
  public String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return head.toString();
  }

  /** The announced length of what follows the head of a response. */
  public static int lengthOf(String head) {
    String name = "content-length: ";
    int start = head.toLowerCase(Locale.ROOT).indexOf(name) + name.length();
    return Integer.parseInt(head.substring(start, head.indexOf('\r', start)));
  }

  /** Up to the next line end, without it. */
  public String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  public byte[] bytes(int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }

  /** Up to the end of the connection. */
  public byte[] rest() throws IOException {
    return in.readAllBytes();
  }

  /** The next message or control frame from the server. */
  public Frame next() throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    int first = in.readUnsignedByte();
    int opcode = first & 0x0f;
    boolean isDeflated = (first & RSV1) != 0;
    payload.writeBytes(payload());
    while ((first & FIN) == 0) {
      first = in.readUnsignedByte();
      payload.writeBytes(payload());
    }
    return new Frame(opcode, isDeflated, ByteBuffer.wrap(payload.toByteArray()));
  }

  private byte[] payload() throws IOException {
    int length = in.readUnsignedByte();
    if (length == 126) {
      length = in.readUnsignedShort();
    } else if (length == 127) {
      length = Math.toIntExact(in.readLong());
    } else if (length > 127) {
      throw new IOException("a server's frame is masked");
    }
    return bytes(length);
  }

  /** Whether the server has ended the connection; waits for what comes. */
  public boolean isEnded() throws IOException {
    try {
      return in.read() < 0;
    } catch (EOFException e) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  /**
   * What the server sent.
   *
   * @param isDeflated whether the first reserved bit was set
   */
  public record Frame(int opcode, boolean isDeflated, ByteBuffer payload) {
    public Frame(int opcode, ByteBuffer payload) {
      this(opcode, false, payload);
    }

    public String text() {
      return UTF_8.decode(payload.duplicate()).toString();
    }

    public int length() {
      return payload.remaining();
    }

    /** Of a close frame; -1 without one. */
    public int code() {
      return payload.remaining() == 0 ? -1 : Short.toUnsignedInt(payload.getShort(0));
    }

    @Override
    public String toString() {
      return opcode == CLOSE
          ? "close " + code()
          : "opcode " + opcode + ", " + length() + " bytes: " + text();
    }
  }
}
