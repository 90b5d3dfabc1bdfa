package io.tideline.door.centrifuge;

import io.tideline.hub.Format;
import io.tideline.presence.Seat;
import io.tideline.protocol.PayloadReader;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An encoding of the protocol: reads calls, and writes replies and pushes as whole WebSocket
 * frames. Stateless; any thread.
 */
interface Codec {
  /** The calls of a text message; {@link Call.Malformed} stands where one can't be read. */
  List<Call> read(String text);

  /** The calls of a binary message, likewise. */
  List<Call> read(byte[] binary);

  /**
   * The payload of a publish.
   *
   * @throws io.tideline.protocol.UnreadableException if it can't be one
   */
  Payload payload(byte[] data, PayloadReader payloads);

  /** The format of publications as pushes; always the same object. */
  Format publications();

  // --- replies, each under the id of its call

  byte[] connected(long id, Connected result);

  byte[] subscribed(long id, Subscribed result);

  /** The reply of a call that has nothing to tell but that it was done. */
  byte[] done(long id, Done what);

  byte[] history(long id, List<Publication> publications, String epoch, long offset);

  byte[] presence(long id, List<Client> clients);

  byte[] presenceStats(long id, int clients, int users);

  byte[] refreshed(long id, Refreshed result);

  byte[] subRefreshed(long id, Refreshed result);

  byte[] error(long id, ErrorCode code, String message);

  // --- pushes, and the ping

  /** A subscription that the server made. */
  byte[] subscribedByServer(String channel, Subscribed result);

  byte[] unsubscribedByServer(String channel, int code, String reason);

  byte[] joined(String channel, Client client);

  byte[] left(String channel, Client client);

  byte[] ping();

  /** The calls whose replies carry nothing. */
  enum Done {
    PUBLISH,
    UNSUBSCRIBE,
    PING
  }

  /**
   * The result of a connect.
   *
   * @param client the id of the connection
   * @param expires how long its token still holds
   * @param pingSeconds between two pings, which the client must answer
   */
  record Connected(String client, Refreshed expires, int pingSeconds) {}

  /**
   * The time that a token still holds.
   *
   * @param ttlSeconds 0 if it doesn't end
   */
  record Refreshed(int ttlSeconds) {
    boolean expires() {
      return ttlSeconds > 0;
    }
  }

  /**
   * The result of a subscribe.
   *
   * @param place null on a channel without history, which can't be recovered
   * @param recovery what became of a recovery that was asked for; null if none was
   * @param expires how long the subscription's own token still holds
   */
  record Subscribed(Call.@Nullable Place place, @Nullable Boolean recovery, Refreshed expires) {}

  /**
   * A client in a channel.
   *
   * @param connInfo what its connection token says of it; empty for nothing
   * @param chanInfo what its subscription token says of it; empty for nothing
   */
  @SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
  record Client(String client, String user, byte[] connInfo, byte[] chanInfo) {
    /** A seat that this door gave; those of other doors carry nothing that is known here. */
    static Client of(Seat seat) {
      return new Client(
          seat.connection(),
          seat.subject(),
          SeatInfo.ofConnection(seat.info()),
          SeatInfo.ofChannel(seat.info()));
    }
  }
}
