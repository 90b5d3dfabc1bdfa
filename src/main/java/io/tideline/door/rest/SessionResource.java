package io.tideline.door.rest;

import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Identity;
import io.tideline.hub.Revoker;
import io.tideline.net.http.CredentialExtractor;
import io.tideline.net.http.OriginCheck;
import io.tideline.net.http.OriginRefusals;
import io.tideline.net.http.RequestGate;
import io.tideline.net.http.SessionCookie;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.ProblemException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Logs a browser in and out: its token goes into a cookie, and is revoked. */
@Path("/v1/session")
@NonBlocking
public final class SessionResource {
  private final OriginCheck origins;
  private final OriginRefusals refusals;
  private final Revoker revoker;
  private final Clock clock;

  SessionResource(OriginCheck origins, OriginRefusals refusals, Revoker revoker, Clock clock) {
    this.origins = origins;
    this.refusals = refusals;
    this.revoker = revoker;
    this.clock = clock;
  }

  @POST
  public Response open(@Context RoutingContext context) {
    HttpServerRequest request = context.request();
    String token = CredentialExtractor.bearer(request);
    if (token == null) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.UNAUTHENTICATED, "Send the token as 'Authorization: Bearer <token>'."));
    }
    // Else any page could log a user's browser in as somebody else.
    if (!origins.allowsLogin(request)) {
      throw refusals.of(request);
    }
    if (token.length() > SessionCookie.TOKEN_CHARS_MAX) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.INVALID_PARAMETER,
              "The token is longer than the "
                  + SessionCookie.TOKEN_CHARS_MAX
                  + " characters that fit into a cookie."));
    }
    if (!SessionCookie.mayKeep(request)) {
      throw new ProblemException(Problem.HTTPS_REQUIRED);
    }
    Duration left = left(RequestGate.callerOf(context).identity());
    return Response.noContent()
        .header("Set-Cookie", SessionCookie.keep(SessionCookie.isSecure(request), token, left))
        .header("Cache-Control", "no-store")
        .build();
  }

  @DELETE
  public Uni<Response> close(@Context RoutingContext context) {
    String cleared = SessionCookie.clear(SessionCookie.isSecure(context.request()));
    return revoker
        .logOut(RequestGate.callerOf(context).identity())
        .map(
            done ->
                Response.noContent()
                    .header("Set-Cookie", cleared)
                    .header("Cache-Control", "no-store")
                    .build());
  }

  private Duration left(Identity identity) {
    return identity.expiresAt().equals(Instant.MAX)
        ? null
        : Duration.between(clock.instant(), identity.expiresAt());
  }
}
