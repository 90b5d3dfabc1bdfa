package io.tideline.bridge;

import io.tideline.access.AccessPolicy;
import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.hub.Publisher;
import io.tideline.protocol.IncomingPayload;
import io.tideline.protocol.WireLimits;
import io.tideline.stream.Channel;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.Message;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Payload;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** From a record to what is published, under the rules that hold for every publisher. */
final class Mapping {
  /** With the time, since a topic that is made anew counts from the beginning. */
  private static final Template KAFKA_KEY =
      new Template("{topic}-{partition}-{offset}-{timestamp}");

  private final Template channel;
  private final Optional<Template> type;
  private final Template contentType;
  private final Optional<Template> key;
  private final List<String> headers;
  private final Identity identity;
  private final AccessPolicy policy;
  private final Namespaces namespaces;
  private final WireLimits limits;

  /**
   * Makes a mapping.
   *
   * @throws IllegalArgumentException if a template can't be read
   */
  Mapping(
      String name,
      InboundConfig config,
      AccessPolicy policy,
      Namespaces namespaces,
      WireLimits limits) {
    this.channel = new Template(config.channel());
    this.type = config.type().map(Template::new);
    this.contentType = new Template(config.contentType());
    this.key = config.key().map(Template::new);
    this.headers = config.headers().orElse(List.of());
    this.policy = policy;
    this.namespaces = namespaces;
    this.limits = limits;
    String subject = "bridge:" + name;
    this.identity =
        new Identity(
            subject,
            null,
            // No token: what is revoked of those that were issued until now isn't its.
            Instant.MAX,
            Instant.MAX,
            Rights.of(Map.of(Action.PUBLISH, Set.of("*")), subject));
  }

  Publisher.Item item(SourceRecord record) throws RecordRefusedException {
    try {
      Channel to = new Channel(channel.fill(record));
      Decision decision = policy.decide(identity, Action.PUBLISH, to);
      if (decision instanceof Decision.Granted granted) {
        return new Publisher.Item(granted.grant(), message(to, record));
      }
      throw new RecordRefusedException(
          "'" + identity.subject() + "' may not publish to it any more");
    } catch (InvalidInputException invalid) {
      throw new RecordRefusedException(invalid.getMessage());
    }
  }

  private Message message(Channel to, SourceRecord record) throws RecordRefusedException {
    Namespace namespace = namespaces.of(to);
    return new Message(
        to,
        payload(record),
        type.isPresent() ? type.get().fill(record) : null,
        namespace.stampSender() ? identity.subject() : null,
        headers(record),
        namespace.isEphemeral() ? null : key(record),
        null);
  }

  /** Null if it has none. */
  private String key(SourceRecord record) throws RecordRefusedException {
    if (key.isPresent()) {
      return key.get().fill(record);
    }
    return record.isOfKafka() ? KAFKA_KEY.fill(record) : null;
  }

  private Payload payload(SourceRecord record) throws RecordRefusedException {
    IncomingPayload incoming =
        IncomingPayload.of(contentType.fill(record), record.payload(), limits);
    if (incoming instanceof IncomingPayload.Refused refused) {
      throw new RecordRefusedException(refused.problem().message());
    }
    return ((IncomingPayload.Valid) incoming).payload();
  }

  private Map<String, String> headers(SourceRecord record) {
    Map<String, String> found = new HashMap<>();
    for (String header : headers) {
      String value = record.header(header);
      if (value != null) {
        found.put(header.toLowerCase(Locale.ROOT), value);
      }
    }
    return found;
  }
}
