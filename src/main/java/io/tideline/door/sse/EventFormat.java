package io.tideline.door.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tideline.hub.Format;
import io.tideline.protocol.JsonBuffer;
import io.tideline.protocol.PublicationJson;
import io.tideline.protocol.ServerEvents;
import io.tideline.protocol.Utf8;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;

/** The events that publications are on an event stream. */
enum EventFormat implements Format {
  /**
   * An event of a stream of one channel: its data is the payload as it was published, or, where
   * that can't stand in an event stream, the publication object, named {@value #ENVELOPED}. JSON
   * always can: a CR stands only between its tokens, where a space says the same.
   */
  PAYLOAD {
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
  ENVELOPE {
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
   * As {@link #ENVELOPE}, but without the id and the empty line that ends the event: on a stream of
   * several channels the transport adds {@link ServerEvents#sharedEnd}, which differs from
   * connection to connection.
   */
  SHARED {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication);
      writeEnvelope(publication, out);
      return out.toBytes();
    }
  };

  /**
   * The event name of a publication object on a stream whose data is otherwise the bare payload.
   */
  static final String ENVELOPED = "tideline.publication";

  private static final byte[] ID = "id: ".getBytes(US_ASCII);
  private static final byte[] EVENT = "event: ".getBytes(US_ASCII);
  private static final byte[] DATA = "data: ".getBytes(US_ASCII);

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
