package io.tideline.door.pages;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.Hub;
import io.tideline.net.ClientAddress;
import io.tideline.net.HeaderLists;
import io.tideline.net.Lanes;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.Admission;
import io.tideline.session.LiveSettings;
import io.tideline.session.ProblemException;
import io.tideline.stream.Channel;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jboss.resteasy.reactive.RestPath;

/** A channel's history by pages, and long-poll: the same page, held until there is a message. */
@Path("/v1/channels/{channel}/messages")
@NonBlocking
public final class PageResource {
  private final Hub hub;
  private final Lanes lanes;
  private final Vertx vertx;
  private final LiveSettings settings;
  private final Admission admission;

  PageResource(Hub hub, Lanes lanes, Vertx vertx, LiveSettings settings, Admission admission) {
    this.hub = hub;
    this.lanes = lanes;
    this.vertx = vertx;
    this.settings = settings;
    this.admission = admission;
  }

  @GET
  @Produces(MediaType.APPLICATION_JSON)
  public Uni<Response> page(@RestPath String channel, @Context RoutingContext context) {
    List<String> known = context.request().headers().getAll("If-None-Match");
    return RequestGate.callerOf(context)
        .with(Action.SUBSCRIBE, new Channel(channel), grant -> answer(context, grant))
        .map(answer -> response(answer, known));
  }

  private Uni<PageAnswer> answer(RoutingContext context, Grant grant) {
    PageRequest request = PageRequest.of(context.queryParams(), settings.pollWaitMax());
    return Uni.createFrom().emitter(emitter -> collect(context, grant, request, emitter));
  }

  private void collect(
      RoutingContext context,
      Grant grant,
      PageRequest request,
      UniEmitter<? super PageAnswer> emitter) {
    if (context.response().closed()) {
      // The client has gone while its right was asked for; nobody would tell of its end any more.
      return;
    }
    Admission.Place place = request.waits() ? place(context) : null;
    PageOutlet page =
        new PageOutlet(request, place == null ? null : place.address(), emitter::complete);
    if (place != null) {
      context.addEndHandler(ended -> place.leave());
      long timer = vertx.setTimer(request.hold().toMillis(), id -> page.expire());
      context.addEndHandler(ended -> vertx.cancelTimer(timer));
    }
    context.addEndHandler(ended -> page.abandoned());
    page.begin(hub, lanes.current(), grant);
  }

  /** Whether a list of entity tags has this one, weak or strong (RFC 9110, 13.1.2). */
  private static boolean names(List<String> known, String etag) {
    return HeaderLists.elements(known).stream()
        .anyMatch(tag -> tag.equals("*") || tag.equals(etag) || tag.equals("W/" + etag));
  }

  private Admission.Place place(RoutingContext context) {
    Admission.Entry entry =
        admission.enter(
            ClientAddress.of(context.request()), RequestGate.callerOf(context).identity());
    if (entry instanceof Admission.Entry.Admitted admitted) {
      return admitted.place();
    }
    throw new ProblemException(((Admission.Entry.Refused) entry).why());
  }

  private static Response response(PageAnswer answer, List<String> known) {
    if (answer instanceof PageAnswer.Refused refused) {
      throw new ProblemException(ProblemDetails.of(refused.why()));
    }
    PageAnswer.Filled page = (PageAnswer.Filled) answer;
    boolean isKnown = page.etag() != null && names(known, page.etag());
    Response.ResponseBuilder response =
        isKnown
            ? Response.notModified()
            : Response.ok(page.json(), MediaType.APPLICATION_JSON_TYPE);
    return response
        .header("ETag", page.etag())
        .header("Cache-Control", "private, no-cache")
        .header("Vary", "Authorization, Accept, Cookie")
        .build();
  }
}
