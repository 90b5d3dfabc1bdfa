package io.tideline.door.tideline;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tideline.protocol.Fields;
import io.tideline.protocol.JsonCheck;
import io.tideline.protocol.JsonValue;
import io.tideline.protocol.MessageReader;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.Starts;
import io.tideline.protocol.UnreadableException;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Command;
import io.tideline.session.Credentials;
import io.tideline.stream.Channel;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.Start;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads WebSocket text frames; strict, since what is ignored today can't mean anything tomorrow.
 */
final class CommandParser {
  /** The greatest whole number that every JSON reader keeps exactly (2^53 - 1). */
  static final long ID_MAX = (1L << 53) - 1;

  /** A payload in a frame stands inside the frame's object and its command's. */
  private static final int ENCLOSING_DEPTH = 2;

  private static final Set<String> COMMANDS =
      Set.of("subscribe", "unsubscribe", "publish", "presence", "auth", "ping");
  private static final Set<String> FRAME =
      Set.of("id", "subscribe", "unsubscribe", "publish", "presence", "auth", "ping");
  private static final Set<String> SUBSCRIBE =
      Set.of("channel", "after", "last", "since", "binary");
  private static final Set<String> CHANNEL = Set.of("channel");
  private static final Set<String> PRESENCE = Set.of("channel", "watch");
  private static final Set<String> AUTH = Set.of("token");
  private static final Set<String> PING = Set.of();

  private final WireLimits limits;
  private final MessageReader messages;

  CommandParser(WireLimits limits) {
    this.limits = limits;
    this.messages = new MessageReader(limits);
  }

  Command parse(String frame) {
    return parse(frame.getBytes(UTF_8));
  }

  /** Never throws: what can't be read is {@link Command.Refused}. */
  Command parse(byte[] frame) {
    Optional<JsonCheck.Fault> fault =
        JsonCheck.fault(frame, limits.jsonDepthMax() + ENCLOSING_DEPTH);
    if (fault.isPresent()) {
      return new Command.Refused(
          OptionalLong.empty(),
          ProblemDetails.of(Problem.INVALID_JSON, fault.get().message()),
          null);
    }
    JsonValue root = JsonValue.of(frame);
    OptionalLong id = id(root);
    try {
      Fields fields = Fields.of("frame", root, FRAME);
      return command(needed(id), fields);
    } catch (UnreadableException e) {
      return new Command.Refused(id, e.problem(), named(root));
    } catch (InvalidInputException e) {
      return new Command.Refused(id, ProblemDetails.of(e), named(root));
    }
  }

  /** The channel that a command names which is refused for something else. */
  private static String named(JsonValue root) {
    if (!root.isObject()) {
      return null;
    }
    for (Map.Entry<String, JsonValue> field : root.entries().entrySet()) {
      JsonValue command = field.getValue();
      if (COMMANDS.contains(field.getKey()) && command.isObject()) {
        JsonValue channel = command.entries().get("channel");
        return channel != null && channel.isString() ? echo(channel.text()) : null;
      }
    }
    return null;
  }

  /** Read before all else, so that an error in what follows can name it. */
  private static OptionalLong id(JsonValue root) {
    JsonValue id = root.isObject() ? root.entries().get("id") : null;
    if (id == null || !id.isWholeNumber() || id.digits().length() > 16) {
      return OptionalLong.empty();
    }
    long value = Long.parseLong(id.digits());
    return value <= ID_MAX ? OptionalLong.of(value) : OptionalLong.empty();
  }

  private static long needed(OptionalLong id) {
    return id.orElseThrow(
        () ->
            new UnreadableException(
                Problem.INVALID_COMMAND,
                "A frame needs an 'id', a whole number from 0 to 2^53 - 1."));
  }

  private Command command(long id, Fields fields) {
    List<String> named = COMMANDS.stream().filter(name -> fields.get(name) != null).toList();
    if (named.size() != 1) {
      throw new UnreadableException(
          Problem.INVALID_COMMAND, "A frame has exactly one command; this one has " + named + ".");
    }
    String name = named.get(0);
    JsonValue value = fields.get(name);
    return switch (name) {
      case "subscribe" -> new Command.Subscribe(id, requests(value));
      case "unsubscribe" -> new Command.Unsubscribe(id, channel(name, value));
      case "publish" -> new Command.Publish(id, messages.read(name, value));
      case "presence" -> presence(id, Fields.of(name, value, PRESENCE));
      case "auth" ->
          new Command.Authenticate(
              id, Credentials.of(Fields.of(name, value, AUTH).needText("token")));
      default -> {
        Fields.of(name, value, PING);
        yield new Command.Ping(id);
      }
    };
  }

  private static Channel channel(String command, JsonValue value) {
    return Fields.of(command, value, CHANNEL).channel();
  }

  private static Command presence(long id, Fields fields) {
    Command.Presence.Wish ended =
        fields.get("watch") == null ? Command.Presence.Wish.READ : Command.Presence.Wish.END;
    return new Command.Presence(
        id, fields.channel(), fields.flag("watch") ? Command.Presence.Wish.WATCH : ended);
  }

  private List<Command.Request> requests(JsonValue value) {
    if (!value.isArray()) {
      return List.of(request(value));
    }
    List<JsonValue> elements = value.elements(limits.subscribeRequestsMax());
    if (elements.isEmpty()) {
      throw new UnreadableException(Problem.INVALID_COMMAND, "'subscribe' names no channel.");
    }
    if (elements.size() > limits.subscribeRequestsMax()) {
      throw new UnreadableException(
          Problem.TOO_MANY_SUBSCRIPTIONS,
          "One subscribe takes at most " + limits.subscribeRequestsMax() + " channels.");
    }
    return elements.stream().map(CommandParser::request).toList();
  }

  private static Command.Request request(JsonValue value) {
    String channel = null;
    try {
      Fields fields = Fields.of("subscribe", value, SUBSCRIBE);
      channel = fields.needText("channel");
      Start start =
          Starts.of(fields.text("after"), fields.digits("last"), fields.text("since"))
              .orElse(Start.NOW);
      return new Command.Request.Valid(new Channel(channel), start, fields.flag("binary"));
    } catch (UnreadableException e) {
      return new Command.Request.Refused(echo(channel), e.problem());
    } catch (InvalidInputException e) {
      return new Command.Request.Refused(echo(channel), ProblemDetails.of(e));
    }
  }

  /** Nothing long is sent back, so that a small command can't cause a large answer. */
  private static String echo(String channel) {
    return channel == null || channel.length() > Channel.NAME_CHARS_MAX ? null : channel;
  }
}
