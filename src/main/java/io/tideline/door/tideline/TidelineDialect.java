package io.tideline.door.tideline;

import io.tideline.access.Identity;
import io.tideline.hub.Format;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.presence.MemberList;
import io.tideline.presence.PresenceNews;
import io.tideline.presence.PresenceUpdate;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.session.CloseReason;
import io.tideline.session.Command;
import io.tideline.session.Dialect;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The subprotocol {@code tideline.v1}: one JSON object for each text frame (docs/protocol.md). */
final class TidelineDialect implements Dialect {
  /** The encodings of one presence update, each made once for all connections. */
  private enum PresenceForm {
    STATE,
    STEP
  }

  private final CommandParser parser;
  private final SocketFormats formats;
  private Format format;

  /**
   * Makes the dialect of one connection.
   *
   * @param formats that the connection takes: deflated or not
   */
  TidelineDialect(CommandParser parser, SocketFormats formats) {
    this.parser = parser;
    this.formats = formats;
    this.format = formats.text();
  }

  @Override
  public List<Command> read(String text) {
    return List.of(parser.parse(text));
  }

  @Override
  public List<Command> read(byte[] binary) {
    return List.of(new Command.Violation(CloseReason.UNSUPPORTED_DATA));
  }

  @Override
  public Format format() {
    return format;
  }

  /** A client that takes binary frames on one subscription takes them on all, from now on. */
  @Override
  public void granted(Command.Request.Valid request) {
    if (request.binary()) {
      format = formats.binary();
    }
  }

  @Override
  public byte[] subscribed(
      long id, Command.Request.Valid request, SubscribeOutcome.Subscribed outcome) {
    return ServerFrames.subscribed(id, request.channel(), outcome.position());
  }

  @Override
  public byte[] unsubscribed(long id, Channel channel) {
    return ServerFrames.left(id, channel);
  }

  @Override
  public byte[] published(long id, PublishAnswer answer) {
    return ServerFrames.published(id, answer);
  }

  @Override
  public byte[] present(long id, MemberList members) {
    return ServerFrames.present(id, members);
  }

  @Override
  public byte[] watched(long id, Channel channel) {
    return ServerFrames.watched(id, channel);
  }

  @Override
  public byte[] authenticated(long id, Identity identity) {
    return ServerFrames.authenticated(id, identity);
  }

  @Override
  public byte[] pong(long id) {
    return ServerFrames.pong(id);
  }

  @Override
  public byte[] refused(OptionalLong id, ProblemDetails problem, @Nullable String channel) {
    return ServerFrames.error(id, problem, channel);
  }

  @Override
  public byte[] gap(Gap gap) {
    return ServerFrames.gap(gap);
  }

  @Override
  public byte[] ended(Channel channel, ProblemDetails why) {
    return ServerFrames.unsubscribed(channel, why);
  }

  @Override
  public byte[] presence(PresenceUpdate update, boolean asStep) {
    return asStep
        ? update.bytes(PresenceForm.STEP, TidelineDialect::step)
        : update.bytes(PresenceForm.STATE, TidelineDialect::state);
  }

  private static byte[] step(PresenceNews news) {
    return ServerFrames.presence(news.step());
  }

  private static byte[] state(PresenceNews news) {
    return ServerFrames.presence(news.state());
  }

  @Override
  public byte[] presenceEnded(Channel channel, ProblemDetails why) {
    return ServerFrames.presenceOver(channel, why);
  }

  @Override
  public byte[] expiring(Identity identity, Duration within) {
    return ServerFrames.expiring(identity.expiresAt(), within);
  }

  @Override
  public byte[] drains(Duration within) {
    return ServerFrames.drain(within);
  }

  @Override
  public byte[] heartbeat() {
    return WebSocketFrames.ping();
  }

  @Override
  public Close close(CloseReason why) {
    CloseCode code = CloseCode.of(why);
    return new Close(code.number(), code.reason());
  }
}
