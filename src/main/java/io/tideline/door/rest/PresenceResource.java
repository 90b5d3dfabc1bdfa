package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.net.http.RequestGate;
import io.tideline.presence.MemberCount;
import io.tideline.presence.MemberPage;
import io.tideline.presence.MemberStore;
import io.tideline.presence.Presence;
import io.tideline.protocol.Bodies;
import io.tideline.protocol.Problem;
import io.tideline.session.ProblemException;
import io.tideline.stream.Channel;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

/** Who is in a channel. */
@Path("/v1/channels/{channel}/presence")
@NonBlocking
public final class PresenceResource {
  private final Presence presence;

  PresenceResource(Presence presence) {
    this.presence = presence;
  }

  @GET
  public Uni<Response> members(
      @RestPath String channel,
      @RestQuery @DefaultValue("") String after,
      @RestQuery @DefaultValue("100") String limit,
      @Context RoutingContext request) {
    boolean isListed = !request.queryParams().contains("count");
    int most = limit(limit);
    if (after.length() > MemberCount.SUBJECT_CHARS_MAX || after.indexOf('\0') >= 0) {
      throw new InvalidInputException(
          Subject.PARAMETER, "'after' must be the 'next' of the previous page.");
    }
    return RequestGate.callerOf(request)
        .with(
            Action.PRESENCE, new Channel(channel), grant -> page(grant, after, isListed ? most : 0))
        .map(page -> Responses.json(200, Bodies.presence(page, isListed)));
  }

  private Uni<MemberPage> page(Grant grant, String after, int limit) {
    if (!presence.isOn(grant.channel())) {
      throw new ProblemException(Problem.NO_PRESENCE);
    }
    return presence.page(grant, after, limit);
  }

  private static int limit(String text) {
    if (text.matches("\\d{1,3}")) {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= MemberStore.PAGE_MEMBERS_MAX) {
        return limit;
      }
    }
    throw new InvalidInputException(
        Subject.PARAMETER,
        "'limit' must be a number of members from 1 to " + MemberStore.PAGE_MEMBERS_MAX + ".");
  }
}
