package io.tideline.door.tideline;

import io.tideline.access.Identity;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.presence.MemberList;
import io.tideline.presence.PresenceNews;
import io.tideline.protocol.GapJson;
import io.tideline.protocol.JsonBuffer;
import io.tideline.protocol.Notices;
import io.tideline.protocol.PresenceJson;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Position;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * What the server says on a WebSocket beside publications, each as a whole text frame, so that it
 * can go the same way as they do.
 */
final class ServerFrames {
  private ServerFrames() {}

  /**
   * The answer to a subscribe: where the subscription stands before any replay.
   *
   * @param position null on an ephemeral channel
   */
  static byte[] subscribed(long id, Channel channel, Position position) {
    JsonBuffer out = ok(id).raw("{\"channel\":\"").raw(channel.name());
    if (position != null) {
      out.raw("\",\"position\":\"").raw(position.encode());
    }
    return end(out.raw("\"}"));
  }

  /** The answer to an unsubscribe; nothing of the channel comes after it. */
  static byte[] left(long id, Channel channel) {
    return end(ok(id).raw("{\"channel\":\"").raw(channel.name()).raw("\"}"));
  }

  /** The answer to a publish, also if it was refused. */
  static byte[] published(long id, PublishAnswer answer) {
    if (answer instanceof PublishAnswer.Refused refused) {
      String channel = refused.channel() == null ? null : refused.channel().name();
      return error(OptionalLong.of(id), refused.problem(), channel);
    }
    return end(ok(id).raw(answer.json()));
  }

  /** The answer to a new token: when it runs out, if it ever does. */
  static byte[] authenticated(long id, Identity identity) {
    JsonBuffer out = ok(id).raw('{');
    if (!identity.expiresAt().equals(Instant.MAX)) {
      out.raw("\"expires\":").time(identity.expiresAt());
    }
    return end(out.raw('}'));
  }

  static byte[] pong(long id) {
    return end(ok(id).raw("{}"));
  }

  /**
   * A refusal.
   *
   * @param id empty if the command's id couldn't be read
   * @param channel what the command named, as it came; null if none could be read
   */
  static byte[] error(OptionalLong id, ProblemDetails problem, String channel) {
    JsonBuffer out = begin().raw("{\"reply\":");
    if (id.isPresent()) {
      out.number(id.getAsLong());
    } else {
      out.raw("null");
    }
    out.raw(",\"error\":");
    problem.writeBrief(channel, out);
    return end(out);
  }

  /** The answer to a presence command: who is there. */
  static byte[] present(long id, MemberList state) {
    JsonBuffer out = ok(id);
    PresenceJson.state(state, out);
    return end(out);
  }

  /** The answer to a presence command that begins or ends a watch. */
  static byte[] watched(long id, Channel channel) {
    return left(id, channel);
  }

  /** Who is there; it takes the place of whatever was told before. */
  static byte[] presence(MemberList state) {
    JsonBuffer out = begin().raw("{\"presence\":");
    PresenceJson.state(state, out);
    return end(out);
  }

  /** Who came and went since a version that was told. */
  static byte[] presence(PresenceNews.Step step) {
    JsonBuffer out = begin().raw("{\"presence\":");
    PresenceJson.step(step, out);
    return end(out);
  }

  /** No more of this channel's presence is told, the connection stays. */
  static byte[] presenceOver(Channel channel, ProblemDetails why) {
    JsonBuffer out = begin().raw("{\"presence\":");
    Notices.unsubscribed(channel, why, out);
    return end(out);
  }

  static byte[] gap(Gap gap) {
    JsonBuffer out = begin().raw("{\"gap\":");
    GapJson.write(gap, out);
    return end(out);
  }

  /** One subscription is over, the connection stays. */
  static byte[] unsubscribed(Channel channel, ProblemDetails why) {
    JsonBuffer out = begin().raw("{\"unsubscribed\":");
    Notices.unsubscribed(channel, why, out);
    return end(out);
  }

  /** The token runs out soon: send a new one. */
  static byte[] expiring(Instant at, Duration within) {
    JsonBuffer out = begin().raw("{\"expiring\":");
    Notices.expiring(at, within, out);
    return end(out);
  }

  /** This node will close the connection within that time. */
  static byte[] drain(Duration within) {
    JsonBuffer out = begin().raw("{\"drain\":");
    Notices.drain(within, out);
    return end(out);
  }

  private static JsonBuffer begin() {
    return new JsonBuffer(256).skip(WebSocketFrames.HEADER_BYTES_MAX);
  }

  private static JsonBuffer ok(long id) {
    return begin().raw("{\"reply\":").number(id).raw(",\"ok\":");
  }

  private static byte[] end(JsonBuffer out) {
    return WebSocketFrames.text(out.raw('}'));
  }
}
