package io.tideline.session;

import io.tideline.protocol.Problem;

/**
 * The figures that the transports have for whoever counts. Called on any thread and for whatever a
 * stranger sends: an implementation costs O(1), keeps nothing of it, and never throws.
 */
public interface TransportEvents {
  TransportEvents NONE = new TransportEvents() {};

  /** The protocol that a refusal is told in; a WebSocket's upgrade is part of it. */
  enum Via {
    HTTP,
    WEBSOCKET
  }

  /** A request, an upgrade or a command was refused. */
  default void refused(Via via, Problem why) {}

  /** Something would have gone beyond a limit; the refusal itself is told, too. */
  default void limited(Limit limit) {}

  /** A close frame was sent to a WebSocket, of the server's own accord. */
  default void closed(int code) {}
}
