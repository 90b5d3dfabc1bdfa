package io.tideline.door.centrifuge;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tideline.hub.Format;
import io.tideline.net.websocket.WebSocketFrames;
import io.tideline.protocol.JsonBuffer;
import io.tideline.protocol.JsonCheck;
import io.tideline.protocol.JsonValue;
import io.tideline.protocol.PayloadReader;
import io.tideline.protocol.PublicationJson;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The encoding in JSON: text frames, in which each line is one message. */
final class JsonCodec implements Codec {
  /** A payload stands in the command's object and the message's. */
  private static final int ENCLOSING_DEPTH = 2;

  private static final int INFO_DEPTH_MAX = 16;
  private static final int HEAD_BYTES = 256;

  private final ChannelNames names;
  private final int depthMax;
  private final Format format = this::publication;

  /**
   * Makes the encoding.
   *
   * @param payloadDepthMax nesting of a payload
   */
  JsonCodec(ChannelNames names, int payloadDepthMax) {
    this.names = names;
    this.depthMax = payloadDepthMax + ENCLOSING_DEPTH;
  }

  // --- calls

  @Override
  public List<Call> read(byte[] binary) {
    return List.of(new Call.Malformed());
  }

  @Override
  public List<Call> read(String text) {
    List<Call> calls = new ArrayList<>(2);
    text.lines().filter(line -> !line.isBlank()).forEach(line -> calls.add(call(line)));
    return calls.isEmpty() ? List.of(new Call.Malformed()) : calls;
  }

  private Call call(String line) {
    byte[] json = line.getBytes(UTF_8);
    if (JsonCheck.fault(json, depthMax).isPresent()) {
      return new Call.Malformed();
    }
    JsonValue root = JsonValue.of(json);
    if (!root.isObject()) {
      return new Call.Malformed();
    }
    Map<String, JsonValue> message = root.entries();
    if (message.isEmpty()) {
      return new Call.Pong();
    }
    try {
      return call(message);
    } catch (WrongTypeException wrong) {
      return new Call.Malformed();
    }
  }

  private static Call call(Map<String, JsonValue> message) {
    long id = number(message.get("id"));
    for (Map.Entry<String, JsonValue> each : message.entrySet()) {
      if (each.getValue().isObject()) {
        Call call = call(each.getKey(), id, each.getValue().entries());
        if (id > 0 || call instanceof Call.Send) {
          return call;
        }
      }
    }
    return new Call.Malformed();
  }

  private static Call call(String name, long id, Map<String, JsonValue> in) {
    return switch (name) {
      case "connect" -> new Call.Connect(id, text(in.get("token")), places(in.get("subs")));
      case "subscribe" -> subscribe(id, in);
      case "unsubscribe" -> new Call.Unsubscribe(id, channel(in));
      case "publish" -> new Call.Publish(id, channel(in), bytes(in.get("data")));
      case "presence" -> new Call.Presence(id, channel(in));
      case "presence_stats" -> new Call.PresenceStats(id, channel(in));
      case "history" ->
          new Call.History(
              id,
              channel(in),
              (int) Math.min(Integer.MAX_VALUE, number(in.get("limit"))),
              in.get("since") == null ? null : place(object(in.get("since"))),
              flag(in.get("reverse")));
      case "refresh" -> new Call.Refresh(id, text(in.get("token")));
      case "sub_refresh" -> new Call.SubRefresh(id, channel(in), text(in.get("token")));
      case "ping" -> new Call.Ping(id);
      case "rpc" -> new Call.Rpc(id);
      case "send" -> new Call.Send();
      default -> new Call.Malformed();
    };
  }

  private static Call subscribe(long id, Map<String, JsonValue> in) {
    return new Call.Subscribe(
        id,
        channel(in),
        text(in.get("token")),
        flag(in.get("recover")) ? place(in) : null,
        flag(in.get("join_leave")),
        (number(in.get("flag")) & SubscribeFlag.REJECT_UNRECOVERED) != 0,
        !isNull(in.get("tf")),
        number(in.get("type")) == 0);
  }

  private static Map<String, Call.Place> places(@Nullable JsonValue subscriptions) {
    if (subscriptions == null) {
      return Map.of();
    }
    Map<String, Call.Place> places = new HashMap<>();
    object(subscriptions)
        .forEach(
            (channel, request) -> {
              Map<String, JsonValue> in = object(request);
              if (flag(in.get("recover"))) {
                places.put(channel, place(in));
              }
            });
    return places;
  }

  private static Call.Place place(Map<String, JsonValue> in) {
    String epoch = text(in.get("epoch"));
    return new Call.Place(epoch == null ? "" : epoch, number(in.get("offset")));
  }

  private static String channel(Map<String, JsonValue> in) {
    String channel = text(in.get("channel"));
    return channel == null ? "" : channel;
  }

  // What is absent has the value 0, false or "", as in Protobuf; so has null.

  private static long number(@Nullable JsonValue value) {
    if (isNull(value)) {
      return 0;
    }
    String digits = new String(value.bytes(), UTF_8).strip();
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException tooLargeOrNone) {
      if (value.isWholeNumber()) {
        return Long.MAX_VALUE;
      }
      throw new WrongTypeException();
    }
  }

  private static @Nullable String text(@Nullable JsonValue value) {
    if (isNull(value)) {
      return null;
    }
    if (!value.isString()) {
      throw new WrongTypeException();
    }
    return value.text();
  }

  private static boolean flag(@Nullable JsonValue value) {
    if (isNull(value) || value.isFalse()) {
      return false;
    }
    if (!value.isTrue()) {
      throw new WrongTypeException();
    }
    return true;
  }

  private static Map<String, JsonValue> object(JsonValue value) {
    if (!value.isObject()) {
      throw new WrongTypeException();
    }
    return value.entries();
  }

  private static byte @Nullable [] bytes(@Nullable JsonValue value) {
    return value == null ? null : value.bytes();
  }

  private static boolean isNull(@Nullable JsonValue value) {
    return value == null || value.bytes()[0] == 'n';
  }

  /** A member of a message has another type than the protocol says. */
  private static final class WrongTypeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    WrongTypeException() {
      super("wrong type", null, false, false);
    }
  }

  // --- publications

  /** It was checked as a part of its message. */
  @Override
  public Payload payload(byte[] data, PayloadReader payloads) {
    return payloads.json(data);
  }

  @Override
  public Format publications() {
    return format;
  }

  private byte[] publication(Publication publication) {
    JsonBuffer out = begin(HEAD_BYTES + publication.payload().length());
    out.raw("{\"push\":{\"channel\":").string(names.name(publication.channel()));
    out.raw(",\"pub\":");
    write(publication, out);
    return end(out.raw("}}"));
  }

  private static void write(Publication publication, JsonBuffer out) {
    Payload payload = publication.payload();
    Map<String, String> tags = Tags.of(publication);
    out.raw("{\"data\":");
    if (payload.isJson()) {
      out.value(payload.bytes());
    } else if (PublicationJson.isText(payload)) {
      out.text(payload.bytes());
    } else {
      out.base64(payload.bytes());
      tags.put(Tags.ENCODING, "base64");
    }
    if (!publication.isEphemeral()) {
      out.raw(",\"offset\":").number(publication.offset());
    }
    if (publication.sender() != null) {
      out.raw(",\"info\":{\"user\":").string(publication.sender()).raw(",\"client\":");
      out.string(publication.origin() == null ? "" : publication.origin()).raw('}');
    }
    writeTags(tags, out);
    out.raw('}');
  }

  private static void writeTags(Map<String, String> tags, JsonBuffer out) {
    if (tags.isEmpty()) {
      return;
    }
    String separator = ",\"tags\":{";
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      out.raw(separator).string(tag.getKey()).raw(':').string(tag.getValue());
      separator = ",";
    }
    out.raw('}');
  }

  // --- replies

  @Override
  public byte[] connected(long id, Connected result) {
    JsonBuffer out = reply(id, "connect").raw("{\"client\":").string(result.client());
    writeExpiry(result.expires(), out.raw(",\"version\":\"tideline\""));
    out.raw(",\"ping\":").number(result.pingSeconds()).raw(",\"pong\":true}");
    return end(out.raw('}'));
  }

  @Override
  public byte[] subscribed(long id, Subscribed result) {
    JsonBuffer out = reply(id, "subscribe").raw('{');
    write(result, out);
    return end(out.raw("}}"));
  }

  /** The members of the result, each behind a comma but the first one. */
  private static void write(Subscribed result, JsonBuffer out) {
    int start = out.length();
    if (result.place() != null) {
      out.raw(",\"recoverable\":true,\"positioned\":true,\"epoch\":");
      out.string(result.place().epoch());
      if (result.place().offset() > 0) {
        out.raw(",\"offset\":").number(result.place().offset());
      }
    }
    if (result.recovery() != null) {
      out.raw(result.recovery() ? ",\"recovered\":true" : "").raw(",\"was_recovering\":true");
    }
    writeExpiry(result.expires(), out);
    if (out.length() > start) {
      out.set(start, ' ');
    }
  }

  private static void writeExpiry(Refreshed expires, JsonBuffer out) {
    if (expires.expires()) {
      out.raw(",\"expires\":true,\"ttl\":").number(expires.ttlSeconds());
    }
  }

  @Override
  public byte[] done(long id, Done what) {
    String name =
        switch (what) {
          case PUBLISH -> "publish";
          case UNSUBSCRIBE -> "unsubscribe";
          case PING -> "ping";
        };
    return end(reply(id, name).raw("{}}"));
  }

  @Override
  public byte[] history(long id, List<Publication> publications, String epoch, long offset) {
    JsonBuffer out = reply(id, "history").raw("{\"publications\":[");
    for (int i = 0; i < publications.size(); i++) {
      write(publications.get(i), i == 0 ? out : out.raw(','));
    }
    out.raw("],\"epoch\":").string(epoch).raw(",\"offset\":").number(offset);
    return end(out.raw("}}"));
  }

  @Override
  public byte[] presence(long id, List<Client> clients) {
    JsonBuffer out = reply(id, "presence").raw("{\"presence\":{");
    for (int i = 0; i < clients.size(); i++) {
      Client client = clients.get(i);
      write(client, (i == 0 ? out : out.raw(',')).string(client.client()).raw(':'));
    }
    return end(out.raw("}}}"));
  }

  private static void write(Client client, JsonBuffer out) {
    out.raw("{\"user\":").string(client.user()).raw(",\"client\":").string(client.client());
    writeInfo(",\"conn_info\":", client.connInfo(), out);
    writeInfo(",\"chan_info\":", client.chanInfo(), out);
    out.raw('}');
  }

  /** Of a token that was made for another encoding it may be anything. */
  private static void writeInfo(String name, byte[] info, JsonBuffer out) {
    if (info.length == 0) {
      return;
    }
    out.raw(name);
    if (JsonCheck.fault(info, INFO_DEPTH_MAX).isEmpty()) {
      out.value(info);
    } else {
      out.base64(info);
    }
  }

  @Override
  public byte[] presenceStats(long id, int clients, int users) {
    JsonBuffer out = reply(id, "presence_stats").raw("{\"num_clients\":").number(clients);
    return end(out.raw(",\"num_users\":").number(users).raw("}}"));
  }

  @Override
  public byte[] refreshed(long id, Refreshed result) {
    return refreshed(id, "refresh", result);
  }

  @Override
  public byte[] subRefreshed(long id, Refreshed result) {
    return refreshed(id, "sub_refresh", result);
  }

  private static byte[] refreshed(long id, String name, Refreshed result) {
    JsonBuffer out = reply(id, name).raw("{\"expires\":").raw(Boolean.toString(result.expires()));
    return end(out.raw(",\"ttl\":").number(result.ttlSeconds()).raw("}}"));
  }

  @Override
  public byte[] error(long id, ErrorCode code, String message) {
    JsonBuffer out = begin(HEAD_BYTES).raw("{\"id\":").number(id);
    out.raw(",\"error\":{\"code\":").number(code.number()).raw(",\"message\":").string(message);
    if (code.isTemporary()) {
      out.raw(",\"temporary\":true");
    }
    return end(out.raw("}}"));
  }

  // --- pushes

  @Override
  public byte[] subscribedByServer(String channel, Subscribed result) {
    JsonBuffer out = push(channel).raw("\"subscribe\":{");
    write(result, out);
    return end(out.raw("}}}"));
  }

  @Override
  public byte[] unsubscribedByServer(String channel, int code, String reason) {
    JsonBuffer out = push(channel).raw("\"unsubscribe\":{\"code\":").number(code);
    return end(out.raw(",\"reason\":").string(reason).raw("}}}"));
  }

  @Override
  public byte[] joined(String channel, Client client) {
    JsonBuffer out = push(channel).raw("\"join\":{\"info\":");
    write(client, out);
    return end(out.raw("}}}"));
  }

  @Override
  public byte[] left(String channel, Client client) {
    JsonBuffer out = push(channel).raw("\"leave\":{\"info\":");
    write(client, out);
    return end(out.raw("}}}"));
  }

  @Override
  public byte[] ping() {
    return end(begin(16).raw("{}"));
  }

  private static JsonBuffer begin(int bytes) {
    return new JsonBuffer(WebSocketFrames.HEADER_BYTES_MAX + bytes)
        .skip(WebSocketFrames.HEADER_BYTES_MAX);
  }

  private static JsonBuffer reply(long id, String name) {
    return begin(HEAD_BYTES).raw("{\"id\":").number(id).raw(",\"").raw(name).raw("\":");
  }

  private static JsonBuffer push(String channel) {
    return begin(HEAD_BYTES).raw("{\"push\":{\"channel\":").string(channel).raw(',');
  }

  private static byte[] end(JsonBuffer out) {
    return WebSocketFrames.text(out);
  }
}
