package io.tideline.door.centrifuge;

import io.tideline.presence.MemberStore;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.UnreadableException;
import io.tideline.session.CloseReason;
import io.tideline.session.Command;
import io.tideline.session.Credentials;
import io.tideline.session.Proof;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The reader of one connection's calls as commands; null for a call that asks for nothing. On its
 * lane only.
 */
final class CallReader implements Call.Visitor<@Nullable Command> {
  private static final char PRIVATE = '$';

  private final DoorContext door;
  private final Codec codec;

  /** Of the connection's first token; null if the door's own secret didn't sign it. */
  private Tokens.@Nullable Connection claims;

  CallReader(DoorContext door, Codec codec) {
    this.door = door;
    this.codec = codec;
  }

  @Override
  public Command connect(Call.Connect call) {
    if (!isEmpty(call.token())) {
      claims = door.claims(call.token());
      if (info().length > SeatInfo.PART_BYTES_MAX) {
        return refuse(
            call.id(),
            Problem.MESSAGE_TOO_LARGE,
            "Claim info of the token has more than " + SeatInfo.PART_BYTES_MAX + " bytes.");
      }
      return new Command.Authenticate(call.id(), Credentials.of(call.token()));
    }
    return door.takesAnonymous()
        ? new Command.Authenticate(call.id(), Credentials.NONE)
        : violation();
  }

  /** What others are told of this connection; empty for nothing. */
  byte[] info() {
    return claims == null ? SeatInfo.NOTHING : claims.info();
  }

  @Override
  public Command refresh(Call.Refresh call) {
    if (isEmpty(call.token())) {
      return violation();
    }
    Tokens.Connection next = door.claims(call.token());
    return claims != null && next != null && !claims.user().equals(next.user())
        ? new Command.Violation(CloseReason.UNAUTHENTICATED)
        : new Command.Authenticate(call.id(), Credentials.of(call.token()));
  }

  @Override
  public Command subscribe(Call.Subscribe call) {
    if (!call.isStream()) {
      return refuse(call.id(), Problem.NOT_ON_EPHEMERAL, "Only streams of publications are here.");
    }
    if (call.isFiltered()) {
      return refuse(
          call.id(), Problem.INVALID_COMMAND, "Filters of tags are not here: subscribe without.");
    }
    return on(
        call.id(),
        call.channel(),
        (id, channel) -> {
          Start start = start(call.place(), call.isStrict());
          Proof proof = proof(call.channel(), call.token());
          return new Command.Subscribe(
              id,
              List.of(new Command.Request.Valid(channel, start, false, proof, call.joinLeave())));
        });
  }

  /**
   * The commands by which the server subscribes a client to the channels that its connection token
   * names.
   *
   * @param greeting with a token that is good
   */
  List<Command> ofTheServer(Call.Connect greeting, long id) {
    List<Command> subscribes = new ArrayList<>();
    for (String name : claims == null ? List.<String>of() : claims.channels()) {
      Start start = start(greeting.channels().get(name), false);
      subscribes.add(
          on(
              id,
              name,
              (same, channel) ->
                  new Command.Subscribe(
                      same,
                      List.of(
                          new Command.Request.Valid(
                              channel,
                              start,
                              false,
                              SubscriptionProof.OF_THE_CONNECTION,
                              false)))));
    }
    return subscribes;
  }

  private static Start start(Call.@Nullable Place place, boolean isStrict) {
    return place == null ? Start.NOW : new Start.Resume(Places.position(place), isStrict);
  }

  private @Nullable Proof proof(String name, @Nullable String token) {
    if (!isEmpty(token)) {
      return door.proof(name, token);
    }
    if (name.charAt(0) == PRIVATE) {
      throw new UnreadableException(
          Problem.FORBIDDEN, "A channel whose name begins with '$' needs a subscription token.");
    }
    return name.indexOf(NamedUsersProof.BOUNDARY) < 0 ? null : NamedUsersProof.of(name);
  }

  @Override
  public Command subRefresh(Call.SubRefresh call) {
    return isEmpty(call.token())
        ? refuse(call.id(), Problem.INVALID_COMMAND, "A sub_refresh needs a token.")
        : on(
            call.id(),
            call.channel(),
            (id, channel) ->
                new Command.Renew(id, channel, door.proof(call.channel(), call.token())));
  }

  @Override
  public Command unsubscribe(Call.Unsubscribe call) {
    return on(call.id(), call.channel(), Command.Unsubscribe::new);
  }

  @Override
  public Command publish(Call.Publish call) {
    return call.data() == null
        ? refuse(call.id(), Problem.INVALID_COMMAND, "A publish needs data.")
        : on(
            call.id(),
            call.channel(),
            (id, channel) ->
                new Command.Publish(
                    id, Message.of(channel, codec.payload(call.data(), door.payloads()))));
  }

  @Override
  public Command presence(Call.Presence call) {
    return on(
        call.id(),
        call.channel(),
        (id, channel) -> new Command.Seats(id, channel, MemberStore.SEATS_MAX));
  }

  @Override
  public Command presenceStats(Call.PresenceStats call) {
    return on(call.id(), call.channel(), (id, channel) -> new Command.Seats(id, channel, 0));
  }

  @Override
  public Command history(Call.History call) {
    Position since = call.since() == null ? null : Places.position(call.since());
    int limit = call.limit() < 0 ? Integer.MAX_VALUE : call.limit();
    return on(
        call.id(),
        call.channel(),
        (id, channel) -> new Command.History(id, channel, since, limit, call.isReverse()));
  }

  @Override
  public Command ping(Call.Ping call) {
    return new Command.Ping(call.id());
  }

  @Override
  public Command rpc(Call.Rpc call) {
    return refuse(call.id(), Problem.NOT_FOUND, "There are no procedures here.");
  }

  /** No application would receive it, so it isn't taken. */
  @Override
  public Command send(Call.Send call) {
    return new Command.Violation(CloseReason.UNSUPPORTED_DATA);
  }

  @Override
  public @Nullable Command pong(Call.Pong call) {
    return null;
  }

  @Override
  public Command malformed(Call.Malformed call) {
    return violation();
  }

  /** Makes the command for a channel; or its refusal. */
  private Command on(long id, String name, BiFunction<Long, Channel, Command> make) {
    if (name.isEmpty()) {
      return violation();
    }
    Channel channel = door.names().channel(name);
    if (channel == null) {
      return refuse(
          id,
          Problem.INVALID_CHANNEL,
          "The channel's name is no text, or takes more than 200 characters when it is escaped.");
    }
    try {
      return make.apply(id, channel);
    } catch (UnreadableException unreadable) {
      return new Command.Refused(OptionalLong.of(id), unreadable.problem(), channel.name());
    }
  }

  private static Command refuse(long id, Problem problem, String detail) {
    return new Command.Refused(OptionalLong.of(id), ProblemDetails.of(problem, detail), null);
  }

  private static Command violation() {
    return new Command.Violation(CloseReason.BAD_REQUEST);
  }

  private static boolean isEmpty(@Nullable String token) {
    return token == null || token.isEmpty();
  }
}
