package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.Channels;
import io.tideline.hub.Hub;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.Bodies;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Position;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** One channel as a whole. */
@Path("/v1/channels/{channel}")
@NonBlocking
public final class ChannelResource {
  private final Channels channels;
  private final Hub hub;
  private final Namespaces namespaces;

  ChannelResource(Channels channels, Hub hub, Namespaces namespaces) {
    this.channels = channels;
    this.hub = hub;
    this.namespaces = namespaces;
  }

  @GET
  public Uni<Response> state(@RestPath String channel, @Context RoutingContext request) {
    return RequestGate.callerOf(request)
        .with(Action.SUBSCRIBE, new Channel(channel), channels::state)
        .map(state -> Responses.json(200, body(state)));
  }

  @DELETE
  @Path("/messages")
  public Uni<Response> purge(
      @RestPath String channel, @RestQuery String through, @Context RoutingContext request) {
    if (through == null) {
      throw new InvalidInputException(
          Subject.PARAMETER,
          "'through' is missing: send the position of the last message to remove.");
    }
    return RequestGate.callerOf(request)
        .with(Action.ADMIN, new Channel(channel), grant -> purge(grant, through));
  }

  private Uni<Response> purge(Grant grant, String through) {
    return channels
        .purge(grant, Position.parse(through))
        .invoke(
            () ->
                AuditLog.done(
                    grant.identity(), "purged " + grant.channel() + " through " + through))
        .map(state -> Responses.json(200, body(state)));
  }

  private byte[] body(ChannelState state) {
    Channel channel = state.channel();
    Namespace namespace = namespaces.of(channel);
    ChannelState known = namespace.isEphemeral() ? null : state;
    return Bodies.channel(channel, known, namespace, hub.subscribers(channel));
  }
}
