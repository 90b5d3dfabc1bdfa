package io.tideline.net.http;

import io.smallrye.mutiny.Uni;
import io.tideline.access.AccessPolicy;
import io.tideline.access.Identity;
import io.tideline.net.accept.GoAway;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.Authentication;
import io.tideline.session.Authenticator;
import io.tideline.session.Caller;
import io.tideline.session.Credentials;
import io.tideline.session.ProblemException;
import io.tideline.session.TransportEvents;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The gate through which every request comes, whatever it is for: it learns who is there, and goes
 * on with a {@link Caller} or ends with a problem. A request that nobody answers ends here too.
 */
@Singleton
public final class RequestGate {
  private static final String CALLER = Caller.class.getName();

  /** Before every route that has no order of its own, as that of a WebSocket endpoint. */
  public static final int ORDER = -10;

  private static final int ORDER_LAST = 1_000_000;

  private final Routes routes;
  private final InFlightRequests underWay;
  private final GoAway goAway;
  private final CorsFilter cors;
  private final OriginRefusals refusals;
  private final CredentialExtractor carriers;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final ProblemAnswer problems;

  RequestGate(
      Routes routes,
      InFlightRequests underWay,
      GoAway goAway,
      CorsFilter cors,
      OriginRefusals refusals,
      CredentialExtractor carriers,
      Authenticator authenticator,
      AccessPolicy policy,
      ProblemAnswer problems) {
    this.routes = routes;
    this.underWay = underWay;
    this.goAway = goAway;
    this.cors = cors;
    this.refusals = refusals;
    this.carriers = carriers;
    this.authenticator = authenticator;
    this.policy = policy;
    this.problems = problems;
  }

  void open(@Observes Router router) {
    routes.areas().forEach(area -> open(router, area));
  }

  /** JAX-RS takes a path with matrix parameters for the same without them; here it is another. */
  private void open(Router router, String area) {
    String paths = area + "/*";
    router.route(paths).order(ORDER).handler(this::enter).failureHandler(this::failed);
    router.routeWithRegex(Pattern.quote(area) + ";.*").order(ORDER).handler(this::nobodyAnswers);
    router.route(paths).order(ORDER_LAST).handler(this::nobodyAnswers);
  }

  /** The caller that was let in with this request. */
  public static Caller callerOf(RoutingContext request) {
    return Objects.requireNonNull(request.get(CALLER), "the request didn't come through the gate");
  }

  private void enter(RoutingContext request) {
    Route resource = routes.at(request.normalizedPath());
    goAway.note(request.request());
    if (resource == null || !resource.isSocket()) {
      cors.mark(request.request());
    }
    if (!underWay.enter(request)) {
      request.fail(new ProblemException(Problem.OVERLOADED));
    } else if (resource == null) {
      nobodyAnswers(request);
    } else if (request.request().method().equals(HttpMethod.OPTIONS)) {
      answerMethods(request, resource);
    } else if (!resource.methods().contains(request.request().method().name())) {
      request.response().putHeader("Allow", resource.allow());
      request.fail(new ProblemException(Problem.METHOD_NOT_ALLOWED));
    } else {
      RequestCheck.pass(request, resource);
      identify(request, resource);
    }
  }

  /** Needs no token: browsers send none with a preflight. */
  private void answerMethods(RoutingContext request, Route resource) {
    if (CorsFilter.isPreflight(request.request()) && !cors.permit(request.request(), resource)) {
      request.fail(refusals.of(request.request()));
    } else {
      var unused = request.response().setStatusCode(204).putHeader("Allow", resource.allow()).end();
    }
  }

  private void identify(RoutingContext request, Route resource) {
    Credentials credentials = carriers.read(request.request(), resource);
    Uni<Authentication> authentication = authenticator.authenticate(credentials);
    Context context = Vertx.currentContext();
    authentication
        .emitOn(task -> runOn(context, task))
        .subscribe()
        .with(answer -> enter(request, answer), request::fail);
  }

  private void enter(RoutingContext request, Authentication answer) {
    if (request.response().closed()) {
      // Gone while its token was being verified: nothing that began now would ever be told to end.
      return;
    }
    if (answer instanceof Authentication.Identified identified) {
      let(identified.identity(), request);
      return;
    }
    ProblemDetails why = ((Authentication.Refused) answer).problem();
    if (isLogOut(request) && !why.problem().retry()) {
      let(Identity.ANONYMOUS, request);
    } else {
      request.fail(new ProblemException(why));
    }
  }

  private void let(Identity identity, RoutingContext request) {
    request.put(CALLER, new Caller(identity, policy));
    request.next();
  }

  /** Whoever leaves may do so with a token that isn't good any more: its cookie must go. */
  private boolean isLogOut(RoutingContext request) {
    Route route = routes.at(request.normalizedPath());
    return request.request().method().equals(HttpMethod.DELETE) && route != null && route.isLogin();
  }

  /** At once, if the answer was at hand; a worker that verifies is in the same context. */
  private static void runOn(Context context, Runnable task) {
    if (Vertx.currentContext() == context && Context.isOnEventLoopThread()) {
      task.run();
    } else {
      context.runOnContext(nothing -> task.run());
    }
  }

  private void failed(RoutingContext request) {
    Route route = routes.at(request.normalizedPath());
    boolean isToldByStatus = request.failure() == null || request.statusCode() < 500;
    problems.end(
        request.response(),
        isToldByStatus
            ? ProblemAnswer.of(request.statusCode())
            : ProblemAnswer.of(request.failure()),
        route != null && route.isSocket()
            ? TransportEvents.Via.WEBSOCKET
            : TransportEvents.Via.HTTP);
  }

  private void nobodyAnswers(RoutingContext request) {
    problems.end(request.response(), ProblemDetails.of(Problem.NOT_FOUND));
  }
}
