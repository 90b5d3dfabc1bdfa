package io.tideline.protocol;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tideline.presence.MemberList;
import io.tideline.presence.PresenceNews;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import java.time.Duration;
import java.time.Instant;

/**
 * What the server says on an event stream beside publications. Control events never carry an id: an
 * id would move the browser's place in the log past messages that it hasn't got.
 *
 * <p>Many readers dispatch at every blank line, with or without data. So a blank line stands only
 * where the standard needs it: a browser keeps an id at the end of its block, but takes {@code
 * retry} and a comment line by line.
 */
public final class ServerEvents {
  /** Keeps proxies and dead connections honest; readers ignore it. */
  public static final byte[] HEARTBEAT = ":\n".getBytes(US_ASCII);

  private ServerEvents() {}

  /** How a stream begins: when to come back, and where the reader stands before any message. */
  public static byte[] prelude(Duration retry, String position) {
    JsonBuffer out = new JsonBuffer(64 + position.length());
    out.raw("retry: ").number(retry.toMillis()).raw('\n');
    return writePosition(position, out).toBytes();
  }

  /** When to come back, where there is no position to say: a line, and no block. */
  public static byte[] retry(Duration retry) {
    return new JsonBuffer(32).raw("retry: ").number(retry.toMillis()).raw('\n').toBytes();
  }

  /** An id alone: the browser keeps it and dispatches nothing. */
  public static byte[] position(String position) {
    return writePosition(position, new JsonBuffer(8 + position.length())).toBytes();
  }

  /** What ends an event whose place is added per connection; the position is null for none. */
  public static byte[] sharedEnd(String position) {
    return position == null ? "\n".getBytes(US_ASCII) : position(position);
  }

  /**
   * A gap, followed by the place after it.
   *
   * @param position the reader's place on the whole stream; null for none
   */
  public static byte[] gap(Gap gap, String position) {
    JsonBuffer out = begin("tideline.gap");
    GapJson.write(gap, out);
    out.raw("\n\n");
    return (position == null ? out : writePosition(position, out)).toBytes();
  }

  /** Who is there; it takes the place of whatever was told before. */
  public static byte[] presence(MemberList state) {
    JsonBuffer out = begin("tideline.presence");
    PresenceJson.state(state, out);
    return out.raw("\n\n").toBytes();
  }

  /** Who came and went since a version that was told. */
  public static byte[] presence(PresenceNews.Step step) {
    JsonBuffer out = begin("tideline.presence");
    PresenceJson.step(step, out);
    return out.raw("\n\n").toBytes();
  }

  /** Nothing of this channel's presence is told. */
  public static byte[] presenceOver(Channel channel, ProblemDetails why) {
    JsonBuffer out = begin("tideline.presence");
    Notices.unsubscribed(channel, why, out);
    return out.raw("\n\n").toBytes();
  }

  /** One channel of the stream is over, or was never begun. */
  public static byte[] unsubscribed(Channel channel, ProblemDetails why) {
    JsonBuffer out = begin("tideline.unsubscribed");
    Notices.unsubscribed(channel, why, out);
    return out.raw("\n\n").toBytes();
  }

  /** The token runs out soon: come back with a new one. */
  public static byte[] expiring(Instant at, Duration within) {
    JsonBuffer out = begin("tideline.expiring");
    Notices.expiring(at, within, out);
    return out.raw("\n\n").toBytes();
  }

  /** This node will end the stream within that time. */
  public static byte[] drain(Duration within) {
    JsonBuffer out = begin("tideline.drain");
    Notices.drain(within, out);
    return out.raw("\n\n").toBytes();
  }

  private static JsonBuffer begin(String event) {
    return new JsonBuffer(256).raw("event: ").raw(event).raw("\ndata: ");
  }

  private static JsonBuffer writePosition(String position, JsonBuffer out) {
    return out.raw("id: ").raw(position).raw("\n\n");
  }
}
