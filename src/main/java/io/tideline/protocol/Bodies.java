package io.tideline.protocol;

import io.tideline.presence.MemberPage;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.Namespace;
import java.util.HexFormat;
import java.util.List;

/** The bodies of REST answers about channels. */
public final class Bodies {
  private Bodies() {}

  /**
   * A page of history, also as the answer to a long-poll.
   *
   * @param messages publication objects, see {@link PublicationJson}
   * @param next where to go on; null on an ephemeral channel
   * @param gap what the reader lost before these messages, or null
   */
  public static byte[] page(List<byte[]> messages, String next, boolean more, Gap gap) {
    int bytes = messages.stream().mapToInt(message -> message.length + 1).sum();
    JsonBuffer out = new JsonBuffer(bytes + 256).raw("{\"messages\":[");
    for (int i = 0; i < messages.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      out.raw(messages.get(i));
    }
    out.raw("],\"next\":");
    if (next == null) {
      out.raw("null");
    } else {
      out.raw('"').raw(next).raw('"');
    }
    out.raw(",\"more\":").raw(Boolean.toString(more)).raw(",\"gap\":");
    if (gap == null) {
      out.raw("null");
    } else {
      GapJson.write(gap, out);
    }
    return out.raw('}').toBytes();
  }

  /** The gap object alone. */
  public static byte[] gap(Gap gap) {
    JsonBuffer out = new JsonBuffer(256);
    GapJson.write(gap, out);
    return out.toBytes();
  }

  /**
   * One channel with its settings.
   *
   * @param state null on an ephemeral channel
   * @param subscribers on this node
   */
  public static byte[] channel(
      Channel channel, ChannelState state, Namespace namespace, long subscribers) {
    JsonBuffer out = new JsonBuffer(512).raw("{\"channel\":\"").raw(channel.name());
    out.raw("\",\"namespace\":").string(namespace.name());
    out.raw(",\"durability\":\"").raw(namespace.isEphemeral() ? "ephemeral" : "durable").raw('"');
    if (state != null) {
      writeState(state, out.raw(','));
      out.raw(",\"retention\":{\"ageSeconds\":").number(namespace.retention().age().toSeconds());
      out.raw(",\"count\":").number(namespace.retention().count()).raw('}');
    }
    return out.raw(",\"subscribers\":").number(subscribers).raw('}').toBytes();
  }

  /**
   * A page of the list of channels.
   *
   * @param next the name after which the next page begins; null at the end
   */
  public static byte[] channels(List<ChannelState> states, String next) {
    JsonBuffer out = new JsonBuffer(64 + 200 * states.size()).raw("{\"channels\":[");
    for (int i = 0; i < states.size(); i++) {
      ChannelState state = states.get(i);
      out.raw(i == 0 ? "{\"channel\":\"" : ",{\"channel\":\"").raw(state.channel().name());
      writeState(state, out.raw("\","));
      out.raw('}');
    }
    out.raw("],\"next\":");
    return (next == null ? out.raw("null") : out.string(next)).raw('}').toBytes();
  }

  /**
   * Who is in a channel.
   *
   * @param isListed false for the numbers alone
   */
  public static byte[] presence(MemberPage page, boolean isListed) {
    JsonBuffer out = new JsonBuffer(256 + 128 * page.members().size());
    PresenceJson.page(page, isListed, out);
    return out.toBytes();
  }

  private static void writeState(ChannelState state, JsonBuffer out) {
    out.raw("\"epoch\":\"").raw(HexFormat.of().toHexDigits(state.epoch(), 12));
    out.raw("\",\"head\":").number(state.head()).raw(",\"first\":").number(state.first());
    out.raw(",\"position\":\"").raw(state.headPosition().encode()).raw('"');
  }
}
