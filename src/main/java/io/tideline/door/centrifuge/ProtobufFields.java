package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.tideline.protocol.Utf8;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The fields of a Protobuf message that was read. What is absent has the value 0, false or "", as
 * in proto3; so has a field of another wire type than the one asked for. Of a field that stands
 * twice the last one counts.
 */
final class ProtobufFields {
  /** The protocol numbers those that are looked at up to here; others are skipped. */
  private static final int NUMBER_MAX = 15;

  private static final byte[] NOTHING = {};

  private final long[] numbers = new long[NUMBER_MAX + 1];
  private final List<List<byte[]>> chunks = new ArrayList<>();

  private ProtobufFields() {
    for (int field = 0; field <= NUMBER_MAX; field++) {
      chunks.add(List.of());
    }
  }

  /**
   * The fields of a message.
   *
   * @throws IOException if it is none, or has a group: proto3 has none, and a decoder would descend
   *     into them
   */
  static ProtobufFields of(byte[] message) throws IOException {
    ProtobufFields fields = new ProtobufFields();
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      fields.read(tag, in);
    }
    return fields;
  }

  private void read(int tag, CodedInputStream in) throws IOException {
    int field = WireFormat.getTagFieldNumber(tag);
    switch (WireFormat.getTagWireType(tag)) {
      case WireFormat.WIRETYPE_VARINT -> put(field, in.readRawVarint64());
      case WireFormat.WIRETYPE_LENGTH_DELIMITED -> put(field, in.readByteArray());
      case WireFormat.WIRETYPE_FIXED32, WireFormat.WIRETYPE_FIXED64 -> in.skipField(tag);
      default -> throw new InvalidProtocolBufferException("A group, or no wire type.");
    }
  }

  private void put(int field, long number) {
    if (field <= NUMBER_MAX) {
      numbers[field] = number;
    }
  }

  private void put(int field, byte[] chunk) {
    if (field <= NUMBER_MAX) {
      if (chunks.get(field).isEmpty()) {
        chunks.set(field, new ArrayList<>(1));
      }
      chunks.get(field).add(chunk);
    }
  }

  boolean has(int field) {
    return !chunks.get(field).isEmpty();
  }

  long number(int field) {
    return numbers[field];
  }

  boolean flag(int field) {
    return numbers[field] != 0;
  }

  byte[] bytes(int field) {
    List<byte[]> all = chunks.get(field);
    return all.isEmpty() ? NOTHING : all.get(all.size() - 1);
  }

  /** All of a field that may stand more than once. */
  List<byte[]> all(int field) {
    return chunks.get(field);
  }

  String text(int field) throws IOException {
    byte[] utf8 = bytes(field);
    if (!Utf8.isValid(utf8)) {
      throw new InvalidProtocolBufferException("A string that is not UTF-8.");
    }
    return new String(utf8, UTF_8);
  }

  ProtobufFields message(int field) throws IOException {
    return of(bytes(field));
  }
}
