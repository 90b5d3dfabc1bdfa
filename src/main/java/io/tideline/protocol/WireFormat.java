package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tideline.hub.Format;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;

/** Every way in which a publication leaves the process. */
public enum WireFormat implements Format {
  /** A whole WebSocket text frame with the publication object. */
  WEBSOCKET_TEXT(0) {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication).skip(WebSocketFrames.HEADER_BYTES_MAX);
      PublicationJson.write(publication, out);
      return WebSocketFrames.text(out);
    }
  },

  /**
   * As {@link #WEBSOCKET_TEXT}, but a payload that is neither JSON nor text comes in a binary
   * frame: {@value #BINARY_VERSION} (one byte), the length of the head (two bytes, big-endian), the
   * head (the publication object without its data), the payload.
   */
  WEBSOCKET_BINARY(1) {
    @Override
    public byte[] encode(Publication publication) {
      Payload payload = publication.payload();
      if (payload.isJson() || PublicationJson.isText(payload)) {
        return WEBSOCKET_TEXT.encode(publication);
      }
      JsonBuffer out = PublicationJson.buffer(publication).skip(WebSocketFrames.HEADER_BYTES_MAX);
      out.octet(BINARY_VERSION).skip(2);
      int start = out.length();
      PublicationJson.writeHead(publication, out);
      int length = out.length() - start;
      if (length > BINARY_HEAD_BYTES_MAX) {
        return WEBSOCKET_TEXT.encode(publication);
      }
      out.set(start - 2, length >>> 8);
      out.set(start - 1, length);
      return WebSocketFrames.binary(out.raw(payload.bytes()));
    }
  },

  /**
   * An event of a stream of one channel: its data is the payload as it was published, or, where
   * that can't stand in an event stream, the publication object, named {@value #ENVELOPED}. JSON
   * always can: a CR stands only between its tokens, where a space says the same.
   */
  SSE(2) {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication);
      if (!publication.isEphemeral()) {
        out.raw(ID).raw(publication.position().encode()).raw('\n');
      }
      Payload payload = publication.payload();
      if (mustBeEnveloped(payload)) {
        out.raw(EVENT).raw(ENVELOPED).raw('\n').raw(DATA);
        PublicationJson.write(publication, out);
      } else {
        writeEventLine(publication.type(), out);
        int start = out.length();
        writeDataLines(payload.bytes(), out);
        out.replaceFrom(start, '\r', ' ');
      }
      return out.raw("\n\n").toBytes();
    }
  },

  /** An event whose data is the publication object. */
  SSE_ENVELOPE(3) {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication);
      if (!publication.isEphemeral()) {
        out.raw(ID).raw(publication.position().encode()).raw('\n');
      }
      writeEnvelope(publication, out);
      return out.raw('\n').toBytes();
    }
  },

  /**
   * As {@link #SSE_ENVELOPE}, but without the id and the empty line that ends the event: on a
   * stream of several channels the transport adds {@link ServerEvents#sharedEnd}, which differs
   * from connection to connection.
   */
  SSE_SHARED(4) {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication);
      writeEnvelope(publication, out);
      return out.toBytes();
    }
  },

  /** The publication object alone. */
  JSON(5) {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication);
      PublicationJson.write(publication, out);
      return out.toBytes();
    }
  };

  /**
   * The event name of a publication object on a stream whose data is otherwise the bare payload.
   */
  public static final String ENVELOPED = "tideline.publication";

  /** The first byte of a binary frame. */
  public static final int BINARY_VERSION = 1;

  private static final int BINARY_HEAD_BYTES_MAX = 0xffff;
  private static final byte[] ID = "id: ".getBytes(US_ASCII);
  private static final byte[] EVENT = "event: ".getBytes(US_ASCII);
  private static final byte[] DATA = "data: ".getBytes(US_ASCII);

  private final int slot;

  WireFormat(int slot) {
    this.slot = slot;
  }

  @Override
  public int slot() {
    return slot;
  }

  private static boolean mustBeEnveloped(Payload payload) {
    return !PublicationJson.isText(payload)
        || (!payload.isJson() && Utf8.contains(payload.bytes(), '\r'));
  }

  private static void writeEnvelope(Publication publication, JsonBuffer out) {
    writeEventLine(publication.type(), out);
    out.raw(DATA);
    PublicationJson.write(publication, out);
    out.raw('\n');
  }

  /** Types are checked where they come in; here is where one that wasn't would forge fields. */
  private static void writeEventLine(String type, JsonBuffer out) {
    if (type != null && type.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      out.raw(EVENT).raw(type).raw('\n');
    }
  }

  /** A data line a line of the payload; the reader joins them by LF again. */
  private static void writeDataLines(byte[] payload, JsonBuffer out) {
    int start = 0;
    for (int i = 0; i < payload.length; i++) {
      if (payload[i] == '\n') {
        out.raw(DATA).raw(payload, start, i + 1);
        start = i + 1;
      }
    }
    out.raw(DATA).raw(payload, start, payload.length);
  }
}
