package io.tideline.door.sse;

import io.tideline.net.http.QueryFlag;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.Starts;
import io.tideline.session.ProblemException;
import io.tideline.stream.Channel;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import io.tideline.stream.VectorPosition;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a stream is to carry.
 *
 * @param starts where each channel begins, in the order asked
 * @param framing what its events look like
 * @param lastId what the reader got last; null for nothing
 */
record StreamRequest(Map<Channel, Start> starts, Framing framing, String lastId) {
  private static final List<String> PAGES_ONLY = List.of("limit", "wait");

  /**
   * Whether a reader that is let into this channel only when it comes back gets there what it asks
   * for now: the ids of its stream can say where it stands, but not from when, or how many.
   */
  boolean mayBeginLater(Channel channel) {
    Start start = starts.get(channel);
    return start instanceof Start.After || start instanceof Start.Now;
  }

  /** A stream of one channel. */
  static StreamRequest ofChannel(RoutingContext context) {
    Channel channel = new Channel(context.pathParam("channel"));
    PAGES_ONLY.forEach(name -> refuse(context, name));
    String lastId = lastId(context);
    Start start =
        lastId != null
            ? Starts.after(lastId)
            : Starts.of(query(context, "after"), query(context, "last"), query(context, "since"))
                .orElse(Start.NOW);
    EventFormat format = isEnvelope(context) ? EventFormat.ENVELOPE : EventFormat.PAYLOAD;
    return new StreamRequest(Map.of(channel, start), new ChannelFraming(format), lastId);
  }

  /** A stream of several channels: one place in all of them, or one rule for all. */
  static StreamRequest ofChannels(RoutingContext context, int channelsMax) {
    List<String> names = context.queryParam("channel");
    if (names.isEmpty()) {
      throw new InvalidInputException(
          Subject.PARAMETER,
          "'channel' is missing: name each channel, as in ?channel=a&channel=b.");
    }
    if (names.size() > channelsMax) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.TOO_MANY_CHANNELS, "A stream has at most " + channelsMax + " channels."));
    }
    String lastId = lastId(context);
    String after = lastId == null ? query(context, "after") : lastId;
    Map<Channel, Start> starts = new LinkedHashMap<>();
    if (after == null || after.equals("earliest") || after.equals("now")) {
      Start start =
          Starts.of(after, query(context, "last"), query(context, "since")).orElse(Start.NOW);
      names.forEach(name -> starts.put(new Channel(name), start));
    } else {
      VectorPosition position = VectorPosition.parse(after);
      names.forEach(name -> starts.put(new Channel(name), start(position, new Channel(name))));
    }
    return new StreamRequest(starts, new VectorFraming(), lastId);
  }

  /** A channel that the position doesn't know is new to the reader. */
  private static Start start(VectorPosition position, Channel channel) {
    Position known = position.of(channel);
    return known == null ? Start.NOW : new Start.After(known);
  }

  /**
   * The header, or the parameter that libraries send which stand in for a browser's {@code
   * EventSource} and can't set headers. The header is newer where both are there, as the parameter
   * may stand in the URL for good. Neither counts if it is empty.
   */
  private static String lastId(RoutingContext context) {
    String header = context.request().getHeader("Last-Event-ID");
    String id = header == null || header.isEmpty() ? query(context, "lastEventId") : header;
    return id == null || id.isEmpty() ? null : id;
  }

  private static void refuse(RoutingContext context, String name) {
    if (context.queryParams().contains(name)) {
      throw new InvalidInputException(
          Subject.PARAMETER, "'" + name + "' is for pages: leave it out of an event stream.");
    }
  }

  private static boolean isEnvelope(RoutingContext context) {
    return QueryFlag.of(context.queryParams(), "envelope");
  }

  /** Whether it is to tell who is in its channels. */
  static boolean watchesPresence(RoutingContext context) {
    return QueryFlag.of(context.queryParams(), "presence");
  }

  private static String query(RoutingContext context, String name) {
    return context.queryParams().get(name);
  }
}
