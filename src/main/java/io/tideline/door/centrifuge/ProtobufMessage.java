package io.tideline.door.centrifuge;

import com.google.protobuf.CodedOutputStream;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.protocol.JsonBuffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A Protobuf message that is being written, field by field. As in proto3, a field with the value 0,
 * false or "" is left out. Not thread-safe.
 */
final class ProtobufMessage {
  /** Of the length before a message: 32 bits, of which each byte takes 7. */
  private static final int LENGTH_BYTES_MAX = 5;

  /** Most messages are small, and what is larger passes through. */
  private static final int BUFFER_BYTES = 64;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes, BUFFER_BYTES);

  /** Writes a field; into memory, so it can't fail. */
  private interface Writing {
    void run() throws IOException;
  }

  ProtobufMessage number(int field, long value) {
    return write(value != 0, () -> out.writeUInt64(field, value));
  }

  ProtobufMessage flag(int field, boolean value) {
    return write(value, () -> out.writeBool(field, true));
  }

  ProtobufMessage text(int field, String value) {
    return write(!value.isEmpty(), () -> out.writeString(field, value));
  }

  ProtobufMessage bytes(int field, byte[] value) {
    return write(value.length > 0, () -> out.writeByteArray(field, value));
  }

  /** Another message; it stands there even if it is empty. */
  ProtobufMessage message(int field, ProtobufMessage nested) {
    return write(true, () -> out.writeByteArray(field, nested.toBytes()));
  }

  private ProtobufMessage write(boolean isSet, Writing writing) {
    try {
      if (isSet) {
        writing.run();
      }
      return this;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private byte[] toBytes() {
    write(true, out::flush);
    return bytes.toByteArray();
  }

  /** The WebSocket frame with this message, its length before it. */
  byte[] frame() {
    byte[] message = toBytes();
    JsonBuffer frame =
        new JsonBuffer(WebSocketFrames.HEADER_BYTES_MAX + LENGTH_BYTES_MAX + message.length)
            .skip(WebSocketFrames.HEADER_BYTES_MAX);
    int length = message.length;
    while (length > 0x7f) {
      frame.octet((length & 0x7f) | 0x80);
      length >>>= 7;
    }
    return WebSocketFrames.binary(frame.octet(length).raw(message));
  }
}
