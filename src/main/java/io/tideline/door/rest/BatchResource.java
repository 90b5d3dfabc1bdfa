package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.hub.Publisher;
import io.tideline.net.http.RequestBody;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.Batch;
import io.tideline.protocol.BatchReader;
import io.tideline.protocol.WireLimits;
import io.tideline.session.Caller;
import io.tideline.session.ProblemException;
import io.tideline.session.PublishLimiter;
import io.tideline.session.WaitingBodies;
import io.tideline.stream.Channel;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.tideline.stream.Namespaces;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Set;
import org.jboss.resteasy.reactive.RestQuery;

/** Publishes many messages, to many channels, in one request. */
@Path("/v1/messages")
@NonBlocking
public final class BatchResource {
  private final Publisher publisher;
  private final Namespaces namespaces;
  private final BatchReader reader;
  private final Responses answers;
  private final PublishLimiter rates;
  private final WaitingBodies waiting;

  BatchResource(
      Publisher publisher,
      Namespaces namespaces,
      WireLimits limits,
      Responses answers,
      PublishLimiter rates,
      WaitingBodies waiting) {
    this.publisher = publisher;
    this.namespaces = namespaces;
    this.reader = new BatchReader(limits);
    this.answers = answers;
    this.rates = rates;
    this.waiting = waiting;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Uni<Response> array(@RestQuery String atomic, @Context RoutingContext request) {
    return publish(reader.readArray(RequestBody.of(request)), flag(atomic), request);
  }

  @POST
  @Consumes(BatchReader.LINES_MEDIA_TYPE)
  public Uni<Response> lines(@RestQuery String atomic, @Context RoutingContext request) {
    return publish(reader.readLines(RequestBody.of(request)), flag(atomic), request);
  }

  private Uni<Response> publish(Batch batch, boolean isAtomic, RoutingContext request) {
    if (batch instanceof Batch.Refused refused) {
      throw new ProblemException(refused.problem());
    }
    List<Batch.Item> items = ((Batch.Items) batch).items();
    Caller caller = RequestGate.callerOf(request);
    Set<Channel> channels = BatchPublish.channels(items);
    return waiting.hold(
        RequestBody.length(request),
        caller,
        channels,
        () ->
            caller
                .ask(Action.PUBLISH, channels)
                .map(decisions -> BatchPublish.of(items, decisions, caller, namespaces, rates))
                .chain(publish -> publish(publish, isAtomic)));
  }

  private Uni<Response> publish(BatchPublish publish, boolean isAtomic) {
    return isAtomic
        ? publish.together(publisher).map(answers::atomic)
        : publish.each(publisher).map(answers::batch);
  }

  private static boolean flag(String text) {
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw new InvalidInputException(Subject.PARAMETER, "'atomic' must be true or false.");
  }
}
