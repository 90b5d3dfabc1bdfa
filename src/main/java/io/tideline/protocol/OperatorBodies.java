package io.tideline.protocol;

import io.tideline.hub.ConnectionStatus;
import io.tideline.presence.NodeStatus;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bodies of REST answers for whoever runs the service: connections and nodes. */
public final class OperatorBodies {
  private static final Pattern PLACE = Pattern.compile("(\\d{1,18})\\.([0-9a-f]{1,15})");
  private static final int HEX = 16;

  private OperatorBodies() {}

  /**
   * A page of a node's connections.
   *
   * @param isMore whether there may be another page
   */
  public static byte[] connections(List<ConnectionStatus> page, String node, boolean isMore) {
    JsonBuffer out = new JsonBuffer(64 + 256 * page.size()).raw("{\"connections\":[");
    for (int i = 0; i < page.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      connection(page.get(i), node, out);
    }
    out.raw("],\"next\":");
    text(isMore ? next(page.get(page.size() - 1).place()) : null, out);
    return out.raw('}').toBytes();
  }

  private static String next(ConnectionStatus.Place place) {
    return place.messages() + "." + Long.toString(place.number(), HEX);
  }

  /** Where the page after {@code next} begins; empty if it isn't one. */
  public static Optional<ConnectionStatus.Place> place(String next) {
    if (next.isEmpty()) {
      return Optional.of(ConnectionStatus.Place.BEGIN);
    }
    Matcher parts = PLACE.matcher(next);
    return parts.matches()
        ? Optional.of(
            new ConnectionStatus.Place(
                Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2), HEX)))
        : Optional.empty();
  }

  private static void connection(ConnectionStatus status, String node, JsonBuffer out) {
    out.raw("{\"id\":\"").raw(Long.toString(status.number(), HEX)).raw("\",\"node\":").string(node);
    out.raw(",\"transport\":\"").raw(status.transport().label()).raw("\",\"subject\":");
    text(status.subject(), out);
    out.raw(",\"address\":");
    text(status.address(), out);
    out.raw(",\"since\":").time(status.since());
    out.raw(",\"subscriptions\":").number(status.subscriptions()).raw(",\"lag\":");
    if (status.lag() == null) {
      out.raw("null}");
    } else {
      lag(status.lag(), out);
      out.raw('}');
    }
  }

  private static void lag(ConnectionStatus.Lag lag, JsonBuffer out) {
    out.raw("{\"channel\":\"").raw(lag.channel().name());
    out.raw("\",\"messages\":").number(lag.messages()).raw(",\"since\":");
    if (lag.since() == null) {
      out.raw("null");
    } else {
      out.time(lag.since());
    }
    out.raw(",\"why\":\"").raw(lag.why().code()).raw("\"}");
  }

  /** All nodes. */
  public static byte[] nodes(List<NodeStatus> nodes) {
    JsonBuffer out = new JsonBuffer(64 + 320 * nodes.size()).raw("{\"nodes\":[");
    for (int i = 0; i < nodes.size(); i++) {
      NodeStatus node = nodes.get(i);
      out.raw(i == 0 ? "{\"id\":" : ",{\"id\":").string(node.id());
      out.raw(",\"seen\":").time(node.seenAt());
      if (node.info() != null) {
        info(node.info(), out);
      }
      out.raw('}');
    }
    return out.raw("]}").toBytes();
  }

  private static void info(NodeStatus.Info info, JsonBuffer out) {
    out.raw(",\"since\":").time(info.since()).raw(",\"version\":").string(info.version());
    out.raw(",\"address\":");
    text(info.address(), out);
    out.raw(",\"draining\":").raw(Boolean.toString(info.isDraining()));
    out.raw(",\"connections\":").number(info.connections());
    out.raw(",\"backplane\":{\"connector\":").string(info.backplane().connector());
    out.raw(",\"state\":").string(info.backplane().state()).raw(",\"lagMillis\":");
    Long lag = info.backplane().lagMillis();
    (lag == null ? out.raw("null") : out.number(lag)).raw('}');
  }

  private static void text(@Nullable String text, JsonBuffer out) {
    if (text == null) {
      out.raw("null");
    } else {
      out.string(text);
    }
  }
}
