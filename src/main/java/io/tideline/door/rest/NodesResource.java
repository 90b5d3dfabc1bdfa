package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.net.http.RequestGate;
import io.tideline.presence.Nodes;
import io.tideline.protocol.OperatorBodies;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;

/** The nodes that share the log, all of them from any. */
@Path("/v1/nodes")
@NonBlocking
public final class NodesResource {
  private final Nodes nodes;

  NodesResource(Nodes nodes) {
    this.nodes = nodes;
  }

  @GET
  public Uni<Response> list(@Context RoutingContext request) {
    var unused = RequestGate.callerOf(request).admin();
    return nodes.list().map(all -> Responses.json(200, OperatorBodies.nodes(all)));
  }
}
