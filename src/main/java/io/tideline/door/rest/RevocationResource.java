package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.AdminGrant;
import io.tideline.hub.Revoker;
import io.tideline.net.http.RequestBody;
import io.tideline.net.http.RequestGate;
import io.tideline.protocol.IncomingRevocation;
import io.tideline.session.ProblemException;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;

/** Ends access before its time, everywhere. */
@Path("/v1/revocations")
@NonBlocking
public final class RevocationResource {
  /** How far ahead the clock may be of whoever says 'now'. */
  private static final Duration AHEAD_MAX = Duration.ofMinutes(1);

  private final Revoker revoker;

  RevocationResource(Revoker revoker) {
    this.revoker = revoker;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Uni<Response> revoke(@Context RoutingContext context) {
    AdminGrant grant = RequestGate.callerOf(context).admin();
    IncomingRevocation incoming = IncomingRevocation.of(RequestBody.of(context));
    if (incoming instanceof IncomingRevocation.Refused refused) {
      throw new ProblemException(refused.problem());
    }
    IncomingRevocation.Valid wish = (IncomingRevocation.Valid) incoming;
    Instant before = before(wish);
    return revoker
        .revoke(grant, wish.kind(), wish.value(), before)
        .invoke(
            () ->
                AuditLog.done(
                    grant.identity(),
                    "revoked the tokens of "
                        + wish.kind()
                        + " "
                        + AuditLog.printable(wish.value())
                        + " issued before "
                        + before))
        .map(done -> Response.noContent().header("Cache-Control", "no-store").build());
  }

  /** Tokens are dated in whole seconds: those of this very second are covered by now. */
  private Instant before(IncomingRevocation.Valid wish) {
    Instant now = revoker.now();
    if (wish.before() == null) {
      return now;
    }
    if (wish.before().isAfter(now.plus(AHEAD_MAX))) {
      throw new InvalidInputException(
          Subject.PARAMETER,
          "'before' is in the future; only tokens that were issued can be revoked.");
    }
    return wish.before();
  }
}
