package io.tideline.bridge;

import io.smallrye.reactive.messaging.kafka.api.IncomingKafkaRecordMetadata;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.eclipse.microprofile.reactive.messaging.Message;

/**
 * What a source handed over. Kafka's records have all fields; of other sources only the payload is
 * known.
 */
final class SourceRecord {
  private static final String HEADER = "header.";

  private final Message<?> message;

  SourceRecord(Message<?> message) {
    this.message = message;
  }

  /** Whether there can be a field of this name, in whatever record. */
  static boolean isField(String name) {
    return switch (name) {
      case "key", "topic", "partition", "offset", "timestamp" -> true;
      default -> name.startsWith(HEADER) && name.length() > HEADER.length();
    };
  }

  boolean isOfKafka() {
    return kafka().isPresent();
  }

  /** Null if this record doesn't have it. */
  String field(String name) {
    Optional<IncomingKafkaRecordMetadata<?, ?>> kafka = kafka();
    if (kafka.isEmpty()) {
      return null;
    }
    IncomingKafkaRecordMetadata<?, ?> record = kafka.get();
    return switch (name) {
      case "key" -> text(record.getKey());
      case "topic" -> record.getTopic();
      case "partition" -> Integer.toString(record.getPartition());
      case "offset" -> Long.toString(record.getOffset());
      case "timestamp" -> Long.toString(record.getTimestamp().toEpochMilli());
      default -> header(name.substring(HEADER.length()));
    };
  }

  /** The last one of this name, or null. */
  String header(String name) {
    Header header = kafka().map(record -> record.getHeaders().lastHeader(name)).orElse(null);
    return header == null ? null : text(header.value());
  }

  byte[] payload() throws RecordRefusedException {
    Object payload = message.getPayload();
    if (payload instanceof byte[] bytes) {
      return bytes;
    }
    if (payload instanceof Buffer buffer) {
      return buffer.getBytes();
    }
    if (payload == null) {
      throw new RecordRefusedException("it has no payload");
    }
    return payload.toString().getBytes(StandardCharsets.UTF_8);
  }

  @SuppressWarnings("unchecked")
  private Optional<IncomingKafkaRecordMetadata<?, ?>> kafka() {
    return (Optional<IncomingKafkaRecordMetadata<?, ?>>)
        (Optional<?>) message.getMetadata(IncomingKafkaRecordMetadata.class);
  }

  private static String text(Object value) {
    return value instanceof byte[] bytes
        ? new String(bytes, StandardCharsets.UTF_8)
        : value == null ? null : value.toString();
  }

  /** For a log line. */
  @Override
  public String toString() {
    return kafka()
        .map(
            record ->
                String.format(
                    Locale.ROOT,
                    "record %d of partition %d of %s",
                    record.getOffset(),
                    record.getPartition(),
                    record.getTopic()))
        .orElse("a record");
  }
}
