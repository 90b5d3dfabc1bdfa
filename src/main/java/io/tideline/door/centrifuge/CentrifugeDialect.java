package io.tideline.door.centrifuge;

import io.tideline.access.Identity;
import io.tideline.hub.Format;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.presence.SeatChange;
import io.tideline.presence.SeatList;
import io.tideline.presence.SeatUpdate;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.PublishAnswer;
import io.tideline.session.CloseReason;
import io.tideline.session.Command;
import io.tideline.session.Dialect;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Page;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The Centrifuge protocol on one connection.
 *
 * <pre>
 * SILENT      nothing came; the first call must be a connect
 * CONNECTING  a connect came; all that follows waits until its token is verified
 * CONNECTED   the connect was answered; another one breaks the protocol
 * </pre>
 */
final class CentrifugeDialect implements Dialect {
  private enum State {
    SILENT,
    CONNECTING,
    CONNECTED
  }

  /** The id of commands that the server makes itself: no client can use it. */
  private static final long OF_THE_SERVER = 0;

  private final DoorContext door;
  private final Codec codec;
  private final Format format;
  private final String client = UUID.randomUUID().toString();
  private final CallReader reader;
  private State state = State.SILENT;

  /** Null before it came, and again when all has been done for it. */
  private Call.@Nullable Connect greeting;

  /**
   * Makes the dialect of one connection.
   *
   * @param format of the codec's publications, as this connection takes them: deflated or not
   */
  CentrifugeDialect(DoorContext door, Codec codec, Format format) {
    this.door = door;
    this.codec = codec;
    this.reader = new CallReader(door, codec);
    this.format = format;
  }

  // --- what the client sends

  @Override
  public List<Command> read(String text) {
    return commands(codec.read(text));
  }

  @Override
  public List<Command> read(byte[] binary) {
    return commands(codec.read(binary));
  }

  /** A call out of order breaks the protocol; what asks for nothing is left out. */
  private List<Command> commands(List<Call> calls) {
    List<Command> commands = new ArrayList<>(calls.size());
    for (Call call : calls) {
      boolean isGreeting = call instanceof Call.Connect;
      Command command =
          isGreeting == (state == State.SILENT) || call instanceof Call.Pong
              ? call.accept(reader)
              : new Command.Violation(CloseReason.BAD_REQUEST);
      if (isGreeting) {
        state = State.CONNECTING;
        greeting = (Call.Connect) call;
      }
      if (command != null) {
        commands.add(command);
      }
    }
    return commands;
  }

  // --- replies

  @Override
  public Format format() {
    return format;
  }

  @Override
  public byte[] authenticated(long id, Identity identity) {
    Codec.Refreshed expires = door.timeLeft(identity.expiresAt());
    if (state == State.CONNECTED) {
      return codec.refreshed(id, expires);
    }
    state = State.CONNECTED;
    return codec.connected(id, new Codec.Connected(client, expires, door.pingSeconds()));
  }

  /** The channels of the connection token, to which the server subscribes the client. */
  @Override
  public List<Command> afterAuthentication() {
    if (greeting == null) {
      return List.of();
    }
    List<Command> subscribes = reader.ofTheServer(greeting, OF_THE_SERVER);
    greeting = null;
    return subscribes;
  }

  @Override
  public byte[] subscribed(
      long id, Command.Request.Valid request, SubscribeOutcome.Subscribed outcome) {
    Position position = outcome.position();
    Boolean recovery =
        request.start() instanceof Start.Resume
            ? outcome.resumption() == SubscribeOutcome.Resumption.COMPLETE
            : null;
    Instant expiresAt =
        request.proof() instanceof SubscriptionProof proof ? proof.expiresAt() : Instant.MAX;
    Codec.Subscribed result =
        new Codec.Subscribed(
            position == null ? null : Places.of(position), recovery, door.timeLeft(expiresAt));
    return id == OF_THE_SERVER
        ? codec.subscribedByServer(door.names().name(request.channel()), result)
        : codec.subscribed(id, result);
  }

  @Override
  public byte[] unsubscribed(long id, Channel channel) {
    return codec.done(id, Codec.Done.UNSUBSCRIBE);
  }

  @Override
  public byte[] published(long id, PublishAnswer answer) {
    return answer instanceof PublishAnswer.Refused refused
        ? error(id, refused.problem())
        : codec.done(id, Codec.Done.PUBLISH);
  }

  private byte[] error(long id, ProblemDetails problem) {
    ErrorCode code = ErrorCode.of(problem.problem());
    return codec.error(
        id, code, problem.detail() == null ? code.text() : code.text() + ": " + problem.detail());
  }

  @Override
  public byte[] renewed(Command.Renew command) {
    return codec.subRefreshed(
        command.id(), door.timeLeft(((SubscriptionProof) command.proof()).expiresAt()));
  }

  @Override
  public byte[] history(Command.History command, Page page) {
    if (page.state().epoch() == Publication.EPHEMERAL_EPOCH) {
      return codec.error(command.id(), ErrorCode.NOT_AVAILABLE, ErrorCode.NOT_AVAILABLE.text());
    }
    Position since = command.since();
    if (since != null && !Places.isOf(since, page.state().epoch())) {
      return codec.error(
          command.id(), ErrorCode.UNRECOVERABLE_POSITION, ErrorCode.UNRECOVERABLE_POSITION.text());
    }
    Call.Place head = Places.of(page.state().headPosition());
    return codec.history(command.id(), page.publications(), head.epoch(), head.offset());
  }

  @Override
  public byte[] seats(Command.Seats command, SeatList seats) {
    return command.limit() == 0
        ? codec.presenceStats(command.id(), (int) seats.count(), (int) seats.subjects())
        : codec.presence(command.id(), seats.seats().stream().map(Codec.Client::of).toList());
  }

  @Override
  public byte[] pong(long id) {
    return codec.done(id, Codec.Done.PING);
  }

  /**
   * A connect that is refused for good is told by the close alone; unsubscribing is never refused.
   */
  @Override
  public byte @Nullable [] refused(
      OptionalLong id, ProblemDetails problem, @Nullable String channel) {
    if (problem.problem() == Problem.NOT_SUBSCRIBED) {
      return codec.done(id.orElseThrow(), Codec.Done.UNSUBSCRIBE);
    }
    boolean isToldByClose =
        state == State.CONNECTING
            && problem.problem() != Problem.TOKEN_EXPIRED
            && !problem.problem().retry();
    return id.isEmpty() || id.getAsLong() == OF_THE_SERVER || isToldByClose
        ? null
        : error(id.getAsLong(), problem);
  }

  // --- notices

  @Override
  public byte[] gap(Gap gap) {
    return unsubscribedByServer(
        gap.channel(), UnsubscribeCode.INSUFFICIENT_STATE, "messages are lost: " + gap.reason());
  }

  @Override
  public boolean gapEndsSubscription() {
    return true;
  }

  @Override
  public byte[] ended(Channel channel, ProblemDetails why) {
    return unsubscribedByServer(channel, UnsubscribeCode.of(why.problem()), why.message());
  }

  private byte[] unsubscribedByServer(Channel channel, UnsubscribeCode code, String reason) {
    return codec.unsubscribedByServer(door.names().name(channel), code.number(), reason);
  }

  /** Where a push was left out for want of room, the client learns the rest by asking. */
  @Override
  public byte[] seats(SeatUpdate update) {
    return update.bytes(codec, changes -> announcements(update.channel(), changes));
  }

  private byte[] announcements(Channel channel, List<SeatChange> changes) {
    String name = door.names().name(channel);
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (SeatChange change : changes) {
      Codec.Client seated = Codec.Client.of(change.seat());
      frames.writeBytes(change.isTaken() ? codec.joined(name, seated) : codec.left(name, seated));
    }
    return frames.toByteArray();
  }

  /** The client knows since the connect when its token ends. */
  @Override
  public byte @Nullable [] expiring(Identity identity, Duration within) {
    return null;
  }

  @Override
  public byte @Nullable [] drains(Duration within) {
    return null;
  }

  // --- the connection

  @Override
  public String name() {
    return client;
  }

  @Override
  public byte[] seatInfo(Command.Request.Valid request) {
    byte[] ofChannel =
        request.proof() instanceof SubscriptionProof proof ? proof.info() : SeatInfo.NOTHING;
    return SeatInfo.join(reader.info(), ofChannel);
  }

  /** Unlike the clients of the server's own protocol, these give up on an error. */
  @Override
  public boolean refusedCredentialsClose() {
    return true;
  }

  @Override
  public byte[] heartbeat() {
    return codec.ping();
  }

  @Override
  public Close close(CloseReason why) {
    DisconnectCode code = DisconnectCode.of(why);
    return new Close(code.number(), code.reason());
  }
}
