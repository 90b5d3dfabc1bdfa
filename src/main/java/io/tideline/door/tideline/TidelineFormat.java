package io.tideline.door.tideline;

import io.tideline.hub.Format;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.protocol.JsonBuffer;
import io.tideline.protocol.PublicationJson;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;

/** The frames of publications on a WebSocket of tideline.v1. */
public enum TidelineFormat implements Format {
  /** A whole WebSocket text frame with the publication object. */
  TEXT {
    @Override
    public byte[] encode(Publication publication) {
      JsonBuffer out = PublicationJson.buffer(publication).skip(WebSocketFrames.HEADER_BYTES_MAX);
      PublicationJson.write(publication, out);
      return WebSocketFrames.text(out);
    }
  },

  /**
   * As {@link #TEXT}, but a payload that is neither JSON nor text comes in a binary frame: {@value
   * #BINARY_VERSION} (one byte), the length of the head (two bytes, big-endian), the head (the
   * publication object without its data), the payload.
   */
  BINARY {
    @Override
    public byte[] encode(Publication publication) {
      Payload payload = publication.payload();
      if (payload.isJson() || PublicationJson.isText(payload)) {
        return TEXT.encode(publication);
      }
      JsonBuffer out = PublicationJson.buffer(publication).skip(WebSocketFrames.HEADER_BYTES_MAX);
      out.octet(BINARY_VERSION).skip(2);
      int start = out.length();
      PublicationJson.writeHead(publication, out);
      int length = out.length() - start;
      if (length > BINARY_HEAD_BYTES_MAX) {
        return TEXT.encode(publication);
      }
      out.set(start - 2, length >>> 8);
      out.set(start - 1, length);
      return WebSocketFrames.binary(out.raw(payload.bytes()));
    }
  };

  /** The first byte of a binary frame. */
  public static final int BINARY_VERSION = 1;

  private static final int BINARY_HEAD_BYTES_MAX = 0xffff;
}
