package io.tideline.net.http;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.quarkus.websockets.next.UserData.TypedKey;
import io.quarkus.websockets.next.WebSocketConnection;
import io.smallrye.common.vertx.ContextLocals;
import io.smallrye.mutiny.Uni;
import io.tideline.net.ClientAddress;
import io.tideline.net.HeaderLists;
import io.tideline.net.NettyChannel;
import io.tideline.net.websocket.Handshake;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.Admission;
import io.tideline.session.Caller;
import io.tideline.session.ProblemException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The upgrade of requests to WebSockets (RFC 6455, 4.2). Refusals are problems, which an {@link
 * HttpUpgradeCheck} can't answer with; so this is a route before each endpoint's, and the check
 * only hands over the caller.
 */
@Singleton
public final class WebSocketUpgrade implements HttpUpgradeCheck {
  private static final TypedKey<Arrival> ARRIVAL = new TypedKey<>(Arrival.class.getName());
  private static final String DOORS = "io.tideline.door.";
  private static final String SUBPROTOCOL = "Sec-WebSocket-Protocol";
  private static final int ORDER = RequestGate.ORDER + 1;

  /** What the handshake is answered with, and what the connection is called by. */
  private static final Set<String> KEPT_HEADERS =
      Set.of(
          "host",
          "connection",
          "upgrade",
          "sec-websocket-key",
          "sec-websocket-version",
          "sec-websocket-extensions");

  private final Admission admission;

  /** A caller whose connection is about to be opened, and the request that asked for it. */
  record Arrival(Caller caller, RoutingContext request, Admission.Place place) {}

  WebSocketUpgrade(Admission admission) {
    this.admission = admission;
  }

  /**
   * Adds the route of an endpoint.
   *
   * @param subprotocol chooses from the subprotocols that a client offers; null for none of them.
   *     It may throw a {@link ProblemException} instead
   */
  public void add(
      Router router, String path, Function<List<String>, @Nullable String> subprotocol) {
    router.route(path).order(ORDER).handler(context -> check(context, subprotocol));
  }

  private void check(RoutingContext context, Function<List<String>, @Nullable String> subprotocol) {
    HttpServerRequest request = context.request();
    Handshake.Refusal refusal = Handshake.check(request);
    if (refusal != null) {
      refusal.headers().forEach(context.response()::putHeader);
      throw new ProblemException(
          ProblemDetails.of(
              refusal.status() == Problem.UPGRADE_REQUIRED.status()
                  ? Problem.UPGRADE_REQUIRED
                  : Problem.INVALID_PARAMETER,
              refusal.detail()));
    }
    String chosen = subprotocol.apply(HeaderLists.elements(request.headers().getAll(SUBPROTOCOL)));
    Caller caller = RequestGate.callerOf(context);
    ContextLocals.put(ARRIVAL.value(), new Arrival(caller, context, admit(request, caller)));
    stripHeaders(request.headers());
    if (chosen != null) {
      request.headers().set(SUBPROTOCOL, chosen);
    }
    context.next();
  }

  /** WebSockets Next keeps a copy as long as the connection lives, and a token is among them. */
  private static void stripHeaders(MultiMap headers) {
    for (String name : Set.copyOf(headers.names())) {
      if (!KEPT_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        headers.remove(name);
      }
    }
  }

  /** The place is the connection's, whatever becomes of the handshake. */
  private Admission.Place admit(HttpServerRequest request, Caller caller) {
    Admission.Entry entry = admission.enter(ClientAddress.of(request), caller.identity());
    if (entry instanceof Admission.Entry.Admitted admitted) {
      NettyChannel.whenClosed(request.connection(), admitted.place()::leave);
      return admitted.place();
    }
    throw new ProblemException(((Admission.Entry.Refused) entry).why());
  }

  @Override
  public boolean appliesTo(String endpoint) {
    return endpoint.startsWith(DOORS);
  }

  /** The endpoint of a door that is closed is there all the same, but no route leads to it. */
  @Override
  public Uni<CheckResult> perform(HttpUpgradeContext upgrade) {
    Optional<Arrival> arrival = ContextLocals.get(ARRIVAL.value());
    if (arrival.isEmpty()) {
      return CheckResult.rejectUpgrade(Problem.NOT_FOUND.status());
    }
    upgrade.userData().put(ARRIVAL, arrival.get());
    return CheckResult.permitUpgrade();
  }

  /** The caller of a connection that has just been opened; given once. */
  static Arrival arrivalOf(WebSocketConnection connection) {
    return connection.userData().remove(ARRIVAL);
  }
}
