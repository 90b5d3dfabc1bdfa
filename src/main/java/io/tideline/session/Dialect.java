package io.tideline.session;

import io.tideline.access.Identity;
import io.tideline.hub.Format;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.presence.MemberList;
import io.tideline.presence.PresenceUpdate;
import io.tideline.presence.SeatList;
import io.tideline.presence.SeatUpdate;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Page;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A protocol, as one connection speaks it: it reads what the client sends, and writes what the
 * server says. It decides nothing and keeps nothing but what its protocol keeps for a connection
 * (say, whether a greeting came). One for each connection; on its lane only; no method throws.
 *
 * <p>What it writes is ready for the carrier: whole frames. Where a method may return null, its
 * protocol has no word for the matter, and nothing is sent.
 */
public interface Dialect {
  // --- what the client sends

  /** The commands of a text message, in order; what can't be read is a command that says so. */
  List<Command> read(String text);

  /** The commands of a binary message, likewise. */
  List<Command> read(byte[] binary);

  // --- publications

  /** What publications are written in from now on. */
  Format format();

  /** A subscription was granted, and is about to be placed. */
  default void granted(Command.Request.Valid request) {}

  // --- replies

  /** The reply to a subscribe; publications and gaps of the channel follow it. */
  byte[] subscribed(long id, Command.Request.Valid request, SubscribeOutcome.Subscribed outcome);

  /** The reply to an unsubscribe; nothing of the channel comes after it. */
  byte[] unsubscribed(long id, Channel channel);

  /** The reply to a publish, also if it wasn't stored. */
  byte[] published(long id, PublishAnswer answer);

  /** The reply to a newer proof that is good. */
  default byte[] renewed(Command.Renew command) {
    throw new UnsupportedOperationException("no command of this protocol renews a proof");
  }

  /** The reply to a history command. */
  default byte[] history(Command.History command, Page page) {
    throw new UnsupportedOperationException("no command of this protocol reads history");
  }

  /** The reply to a command about the connections that are present. */
  default byte[] seats(Command.Seats command, SeatList seats) {
    throw new UnsupportedOperationException("no command of this protocol reads seats");
  }

  /** The reply to a presence command: who is there. */
  default byte[] present(long id, MemberList members) {
    throw new UnsupportedOperationException("no command of this protocol reads presence");
  }

  /** The reply to a presence command that begins or ends a watch. */
  default byte[] watched(long id, Channel channel) {
    throw new UnsupportedOperationException("no command of this protocol watches presence");
  }

  /** The reply to credentials that are good. */
  byte[] authenticated(long id, Identity identity);

  /**
   * Commands that the server carries out for a client whose credentials are good, after the reply
   * and before all that the client sent meanwhile.
   */
  default List<Command> afterAuthentication() {
    return List.of();
  }

  byte[] pong(long id);

  /**
   * The reply to a command that is refused.
   *
   * @param id empty if the command's id couldn't be read
   * @param channel that the command named, as it came; null if none could be read
   */
  byte @Nullable [] refused(OptionalLong id, ProblemDetails problem, @Nullable String channel);

  // --- notices

  /** Messages of a channel are lost to this client. */
  byte @Nullable [] gap(Gap gap);

  /** Whether the subscription is over when a gap was told: the client begins another one. */
  default boolean gapEndsSubscription() {
    return false;
  }

  /** One subscription is over, the connection stays. */
  byte @Nullable [] ended(Channel channel, ProblemDetails why);

  /**
   * An update of a channel's presence; what is made of it is made once for all that speak this
   * protocol.
   *
   * @param asStep whether the client knows the state before, so that the change tells it all
   */
  default byte @Nullable [] presence(PresenceUpdate update, boolean asStep) {
    return null;
  }

  /** Connections have come and gone, where a client is told of them. */
  default byte @Nullable [] seats(SeatUpdate update) {
    return null;
  }

  /** No more of this channel's presence is told, the connection stays. */
  default byte @Nullable [] presenceEnded(Channel channel, ProblemDetails why) {
    return null;
  }

  /** The token runs out soon. */
  byte @Nullable [] expiring(Identity identity, Duration within);

  /** This node will close the connection within that time. */
  byte @Nullable [] drains(Duration within);

  // --- the connection

  /** The name of the connection among all, on all nodes; null where the protocol gives none. */
  default @Nullable String name() {
    return null;
  }

  /**
   * What others are told of this connection where presence is kept, at most {@value
   * io.tideline.presence.Seat#INFO_BYTES_MAX} bytes; null where it is counted by its subject alone.
   *
   * @param request for a channel whose presence is kept
   */
  default byte @Nullable [] seatInfo(Command.Request.Valid request) {
    return null;
  }

  /** Whether a connection is closed whose new credentials are refused, while its old ones hold. */
  default boolean refusedCredentialsClose() {
    return false;
  }

  /** The heartbeat, which the client answers with a message of any kind. */
  byte[] heartbeat();

  /** The code and the reason with which the connection is closed. */
  Close close(CloseReason why);

  /**
   * A close frame's content (RFC 6455, 5.5.1).
   *
   * @param reason at most 123 bytes
   */
  record Close(int code, String reason) {}
}
