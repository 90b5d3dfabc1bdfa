package io.tideline.bridge;

import io.smallrye.reactive.messaging.kafka.api.OutgoingKafkaRecordMetadata;
import io.tideline.protocol.Bodies;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;

/** What a receiver sees of a publication or a gap; key and headers where the connector has them. */
final class OutboundRecord {
  static final String POSITION = "tideline-position";
  static final String OFFSET = "tideline-offset";
  static final String EPOCH = "tideline-epoch";
  static final String TIME = "tideline-time";
  static final String TYPE = "tideline-type";
  static final String SENDER = "tideline-sender";
  static final String CONTENT_TYPE = "content-type";

  /** Before the publication's own headers, so that none can pass for one of the others. */
  static final String OWN = "tideline-header-";

  static final String GAP_TYPE = "tideline.gap";
  private static final String JSON = "application/json";

  private OutboundRecord() {}

  static Message<byte[]> of(OutboundStep step) {
    if (step instanceof OutboundStep.Carried carried) {
      return of(carried.publication());
    }
    return of(((OutboundStep.Told) step).gap());
  }

  private static Message<byte[]> of(Publication publication) {
    Headers headers = headers(publication.position());
    add(headers, TIME, publication.time().toString());
    add(headers, TYPE, publication.type());
    add(headers, SENDER, publication.sender());
    add(
        headers,
        CONTENT_TYPE,
        publication.payload().isJson() ? JSON : publication.payload().contentType());
    publication.headers().forEach((name, value) -> add(headers, OWN + name, value));
    return message(publication.channel(), headers, publication.payload().bytes());
  }

  private static Message<byte[]> of(Gap gap) {
    Headers headers = headers(gap.position());
    add(headers, TYPE, GAP_TYPE);
    add(headers, CONTENT_TYPE, JSON);
    return message(gap.channel(), headers, Bodies.gap(gap));
  }

  private static Headers headers(Position position) {
    Headers headers = new RecordHeaders();
    add(headers, POSITION, position.encode());
    add(headers, OFFSET, Long.toString(position.offset()));
    add(headers, EPOCH, Long.toString(position.epoch()));
    return headers;
  }

  private static void add(Headers headers, String name, String value) {
    if (value != null) {
      headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }
  }

  private static Message<byte[]> message(Channel channel, Headers headers, byte[] payload) {
    return Message.of(
        payload,
        Metadata.of(
            OutgoingKafkaRecordMetadata.<String>builder()
                .withKey(channel.name())
                .withHeaders(headers)
                .build()));
  }
}
