package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.hub.Channels;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.Bodies;
import io.tideline.session.Caller;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jboss.resteasy.reactive.RestQuery;

/** The channels that are in use, as far as the caller may read them. */
@Path("/v1/channels")
@NonBlocking
public final class ChannelListResource {
  static final int LIMIT_MAX = 256;

  private final Channels channels;

  ChannelListResource(Channels channels) {
    this.channels = channels;
  }

  @GET
  public Uni<Response> list(
      @RestQuery @DefaultValue("") String prefix,
      @RestQuery @DefaultValue("") String after,
      @RestQuery @DefaultValue("100") String limit,
      @Context RoutingContext request) {
    Caller caller = RequestGate.callerOf(request);
    int most = limit(limit);
    return channels
        .list(part("prefix", prefix), part("after", after), most)
        .map(found -> Responses.json(200, body(found, most, caller)));
  }

  /** What is forbidden is left out, so a page may be short, or empty, before the last one. */
  private static byte[] body(List<ChannelState> found, int limit, Caller caller) {
    List<ChannelState> shown =
        found.stream()
            .filter(
                state ->
                    caller.decide(Action.SUBSCRIBE, state.channel()) instanceof Decision.Granted)
            .toList();
    boolean isLast = found.size() < limit;
    return Bodies.channels(shown, isLast ? null : found.get(limit - 1).channel().name());
  }

  private static String part(String name, String text) {
    if (text.isEmpty() || Channel.isValid(text)) {
      return text;
    }
    throw new InvalidInputException(
        Subject.PARAMETER, "'" + name + "' must be a channel name, or the beginning of one.");
  }

  private static int limit(String text) {
    if (text.matches("\\d{1,3}")) {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= LIMIT_MAX) {
        return limit;
      }
    }
    throw new InvalidInputException(
        Subject.PARAMETER, "'limit' must be a number of channels from 1 to " + LIMIT_MAX + ".");
  }
}
