package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.AdminGrant;
import io.tideline.hub.ConnectionStatus;
import io.tideline.hub.Connections;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.OperatorBodies;
import io.tideline.protocol.Problem;
import io.tideline.session.ProblemException;
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

/** The connections of this node, furthest behind first. */
@Path("/v1/connections")
@NonBlocking
public final class ConnectionsResource {
  private static final String BY_LAG = "lag";

  private final Connections connections;

  ConnectionsResource(Connections connections) {
    this.connections = connections;
  }

  @GET
  public Uni<Response> list(
      @RestQuery @DefaultValue(BY_LAG) String order,
      @RestQuery @DefaultValue("") String after,
      @RestQuery @DefaultValue("100") String limit,
      @Context RoutingContext request) {
    AdminGrant grant = RequestGate.callerOf(request).admin();
    if (!order.equals(BY_LAG)) {
      throw new InvalidInputException(Subject.PARAMETER, "'order' is 'lag'.");
    }
    ConnectionStatus.Place place =
        OperatorBodies.place(after)
            .orElseThrow(
                () ->
                    new InvalidInputException(
                        Subject.PARAMETER, "'after' must be the 'next' of the previous page."));
    int most = limit(limit);
    return connections
        .list(grant, place, most)
        .onFailure(Connections.BusyException.class)
        .transform(busy -> new ProblemException(Problem.OVERLOADED))
        .map(found -> Responses.json(200, body(found, most)));
  }

  private byte[] body(List<ConnectionStatus> found, int most) {
    return OperatorBodies.connections(found, connections.node(), found.size() == most);
  }

  private static int limit(String text) {
    if (text.matches("\\d{1,3}")) {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= Connections.LIMIT_MAX) {
        return limit;
      }
    }
    throw new InvalidInputException(
        Subject.PARAMETER,
        "'limit' is a number of connections from 1 to " + Connections.LIMIT_MAX + ".");
  }
}
