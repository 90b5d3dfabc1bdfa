package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.PublishSource;
import io.tideline.hub.Publisher;
import io.tideline.net.http.RequestBody;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.Problem;
import io.tideline.protocol.PublishAnswer;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Caller;
import io.tideline.session.ProblemException;
import io.tideline.session.PublishLimiter;
import io.tideline.session.Senders;
import io.tideline.session.WaitingBodies;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Namespaces;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Set;
import org.jboss.resteasy.reactive.RestPath;

/** Publishes one message, whatever it is. */
@Path("/v1/channels/{channel}/messages")
@NonBlocking
public final class PublishResource {
  private final Publisher publisher;
  private final Namespaces namespaces;
  private final WireLimits limits;
  private final Responses answers;
  private final PublishLimiter rates;
  private final WaitingBodies waiting;

  PublishResource(
      Publisher publisher,
      Namespaces namespaces,
      WireLimits limits,
      Responses answers,
      PublishLimiter rates,
      WaitingBodies waiting) {
    this.publisher = publisher;
    this.namespaces = namespaces;
    this.limits = limits;
    this.answers = answers;
    this.rates = rates;
    this.waiting = waiting;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Uni<Response> publish(@RestPath("channel") String name, @Context RoutingContext request) {
    Channel channel = new Channel(name);
    Caller caller = RequestGate.callerOf(request);
    if (!rates.take(caller.identity().subject())) {
      throw new ProblemException(Problem.TOO_MANY_REQUESTS);
    }
    return waiting.hold(
        RequestBody.length(request),
        caller,
        Set.of(channel),
        () -> caller.with(Action.PUBLISH, channel, grant -> publish(grant, request)));
  }

  private Uni<Response> publish(Grant grant, RoutingContext request) {
    Channel channel = grant.channel();
    Message message =
        IncomingMessage.read(channel, request.request().headers(), RequestBody.of(request), limits);
    return publisher
        .publish(PublishSource.REST, grant, Senders.stamp(message, grant.identity(), namespaces))
        .map(outcome -> answers.published(PublishAnswer.of(channel, outcome)));
  }
}
