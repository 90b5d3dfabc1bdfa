package io.tideline.stream;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A message that has its place in a channel's log.
 *
 * @param epoch the log's incarnation; 0 for an ephemeral channel
 * @param offset from 1, dense, in commit order; on an ephemeral channel this node's own count,
 *     never shown to clients
 * @param time read under the channel's lock, never below its predecessor's; microseconds
 * @param origin see {@link Message#origin}; null for none, and for all that is read from the log
 */
public record Publication(
    Channel channel,
    long epoch,
    long offset,
    Instant time,
    String type,
    String sender,
    Map<String, String> headers,
    Payload payload,
    @Nullable String origin) {
  public static final long EPHEMERAL_EPOCH = 0;

  public Publication {
    Objects.requireNonNull(channel);
    Objects.requireNonNull(time);
    Objects.requireNonNull(headers);
    Objects.requireNonNull(payload);
    if (offset < 1) {
      throw new IllegalArgumentException("offsets begin at 1: " + offset);
    }
  }

  /** A publication as the log has it: without its origin. */
  public Publication(
      Channel channel,
      long epoch,
      long offset,
      Instant time,
      String type,
      String sender,
      Map<String, String> headers,
      Payload payload) {
    this(channel, epoch, offset, time, type, sender, headers, payload, null);
  }

  public static Publication of(Message message, long epoch, long offset, Instant time) {
    return new Publication(
        message.channel(),
        epoch,
        offset,
        time,
        message.type(),
        message.sender(),
        message.headers(),
        message.payload(),
        message.origin());
  }

  /** The same under another number. */
  public Publication at(long newOffset) {
    return new Publication(channel, epoch, newOffset, time, type, sender, headers, payload, origin);
  }

  public boolean isEphemeral() {
    return epoch == EPHEMERAL_EPOCH;
  }

  /** Where a reader stands that has seen this one. */
  public Position position() {
    return new Position(epoch, offset);
  }
}
