package io.tideline.door.centrifuge;

import io.tideline.hub.Format;
import io.tideline.protocol.JsonCheck;
import io.tideline.protocol.PayloadReader;
import io.tideline.protocol.PublicationJson;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import java.util.List;
import java.util.Map;

/**
 * The encoding in Protobuf: binary frames, in which each message has its length before it. Payloads
 * stand in it as they were published. The numbers are those of the fields in {@code
 * definitions/client.proto}.
 */
final class ProtobufCodec implements Codec {
  private static final String TEXT = "text/plain";
  private static final String BYTES = "application/octet-stream";

  private final ChannelNames names;
  private final int depthMax;
  private final Format format = this::publication;

  /**
   * Makes the encoding.
   *
   * @param payloadDepthMax nesting of a payload that is taken for JSON
   */
  ProtobufCodec(ChannelNames names, int payloadDepthMax) {
    this.names = names;
    this.depthMax = payloadDepthMax;
  }

  // --- calls

  @Override
  public List<Call> read(String text) {
    return List.of(new Call.Malformed());
  }

  @Override
  public List<Call> read(byte[] binary) {
    return ProtobufCalls.read(binary);
  }

  // --- publications

  /** The protocol doesn't say what the bytes are: JSON if they are, text if they are, or bytes. */
  @Override
  public Payload payload(byte[] data, PayloadReader payloads) {
    Payload text = payloads.read(TEXT, data);
    if (JsonCheck.fault(data, depthMax).isEmpty()) {
      return payloads.json(data);
    }
    return PublicationJson.isText(text) ? text : payloads.read(BYTES, data);
  }

  @Override
  public Format publications() {
    return format;
  }

  private byte[] publication(Publication publication) {
    return push(names.name(publication.channel()), 4, message(publication));
  }

  private static ProtobufMessage message(Publication publication) {
    ProtobufMessage message = new ProtobufMessage().bytes(4, publication.payload().bytes());
    if (publication.sender() != null) {
      String origin = publication.origin() == null ? "" : publication.origin();
      message.message(5, new ProtobufMessage().text(1, publication.sender()).text(2, origin));
    }
    if (!publication.isEphemeral()) {
      message.number(6, publication.offset());
    }
    for (Map.Entry<String, String> tag : Tags.of(publication).entrySet()) {
      message.message(7, new ProtobufMessage().text(1, tag.getKey()).text(2, tag.getValue()));
    }
    return message;
  }

  // --- replies

  @Override
  public byte[] connected(long id, Connected result) {
    ProtobufMessage connect =
        new ProtobufMessage()
            .text(1, result.client())
            .text(2, "tideline")
            .flag(3, result.expires().expires())
            .number(4, result.expires().ttlSeconds())
            .number(7, result.pingSeconds())
            .flag(8, true);
    return reply(id, 5, connect);
  }

  @Override
  public byte[] subscribed(long id, Subscribed result) {
    ProtobufMessage subscribe = expiry(1, result.expires());
    if (result.place() != null) {
      subscribe
          .flag(3, true)
          .text(6, result.place().epoch())
          .number(9, result.place().offset())
          .flag(10, true);
    }
    if (result.recovery() != null) {
      subscribe.flag(8, result.recovery()).flag(12, true);
    }
    return reply(id, 6, subscribe);
  }

  @Override
  public byte[] done(long id, Done what) {
    int field =
        switch (what) {
          case UNSUBSCRIBE -> 7;
          case PUBLISH -> 8;
          case PING -> 12;
        };
    return reply(id, field, new ProtobufMessage());
  }

  @Override
  public byte[] history(long id, List<Publication> publications, String epoch, long offset) {
    ProtobufMessage history = new ProtobufMessage();
    publications.forEach(each -> history.message(1, message(each)));
    return reply(id, 11, history.text(2, epoch).number(3, offset));
  }

  @Override
  public byte[] presence(long id, List<Client> clients) {
    ProtobufMessage presence = new ProtobufMessage();
    for (Client client : clients) {
      presence.message(
          1, new ProtobufMessage().text(1, client.client()).message(2, message(client)));
    }
    return reply(id, 9, presence);
  }

  private static ProtobufMessage message(Client client) {
    return new ProtobufMessage()
        .text(1, client.user())
        .text(2, client.client())
        .bytes(3, client.connInfo())
        .bytes(4, client.chanInfo());
  }

  @Override
  public byte[] presenceStats(long id, int clients, int users) {
    return reply(id, 10, new ProtobufMessage().number(1, clients).number(2, users));
  }

  @Override
  public byte[] refreshed(long id, Refreshed result) {
    return reply(id, 14, expiry(3, result));
  }

  @Override
  public byte[] subRefreshed(long id, Refreshed result) {
    return reply(id, 15, expiry(1, result));
  }

  /** The two fields that say it, one behind the other. */
  private static ProtobufMessage expiry(int field, Refreshed result) {
    return new ProtobufMessage()
        .flag(field, result.expires())
        .number(field + 1, result.ttlSeconds());
  }

  @Override
  public byte[] error(long id, ErrorCode code, String message) {
    return reply(
        id,
        2,
        new ProtobufMessage()
            .number(1, code.number())
            .text(2, message)
            .flag(3, code.isTemporary()));
  }

  // --- pushes

  /** It has no fields for a recovery, nor for an expiry. */
  @Override
  public byte[] subscribedByServer(String channel, Subscribed result) {
    ProtobufMessage subscribe = new ProtobufMessage();
    if (result.place() != null) {
      subscribe
          .flag(1, true)
          .text(4, result.place().epoch())
          .number(5, result.place().offset())
          .flag(6, true);
    }
    return push(channel, 9, subscribe);
  }

  @Override
  public byte[] unsubscribedByServer(String channel, int code, String reason) {
    return push(channel, 7, new ProtobufMessage().number(2, code).text(3, reason));
  }

  @Override
  public byte[] joined(String channel, Client client) {
    return push(channel, 5, new ProtobufMessage().message(1, message(client)));
  }

  @Override
  public byte[] left(String channel, Client client) {
    return push(channel, 6, new ProtobufMessage().message(1, message(client)));
  }

  @Override
  public byte[] ping() {
    return new ProtobufMessage().frame();
  }

  private static byte[] reply(long id, int field, ProtobufMessage result) {
    return new ProtobufMessage().number(1, id).message(field, result).frame();
  }

  private static byte[] push(String channel, int field, ProtobufMessage what) {
    ProtobufMessage push = new ProtobufMessage().text(2, channel).message(field, what);
    return new ProtobufMessage().message(4, push).frame();
  }
}
