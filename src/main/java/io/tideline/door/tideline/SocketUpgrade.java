package io.tideline.door.tideline;

import io.quarkus.websockets.next.HttpUpgradeCheck;
import io.quarkus.websockets.next.UserData.TypedKey;
import io.smallrye.common.vertx.ContextLocals;
import io.smallrye.mutiny.Uni;
import io.tideline.net.ClientAddress;
import io.tideline.net.HeaderLists;
import io.tideline.net.NettyChannel;
import io.tideline.net.http.RequestGate;
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
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.Set;

/**
 * What a request must be to become a WebSocket of ours. Refusals are problems, which an {@link
 * HttpUpgradeCheck} can't answer with; so this is a route before the endpoint's, and the check only
 * hands over who comes.
 */
@Singleton
public final class SocketUpgrade implements HttpUpgradeCheck {
  static final String SUBPROTOCOL = "tideline.v1";
  static final TypedKey<Arrival> ARRIVAL = new TypedKey<>(Arrival.class.getName());

  private static final int ORDER = RequestGate.ORDER + 1;

  /** What the handshake is answered with, and what the connection is called by. */
  private static final Set<String> KEPT_HEADERS =
      Set.of(
          "host",
          "connection",
          "upgrade",
          "sec-websocket-key",
          "sec-websocket-version",
          "sec-websocket-extensions",
          "sec-websocket-protocol");

  private final Admission admission;

  /** Who comes, and with what request. */
  record Arrival(Caller caller, RoutingContext request, Admission.Place place) {}

  SocketUpgrade(Admission admission) {
    this.admission = admission;
  }

  void add(@Observes Router router) {
    router.route("/v1/ws").order(ORDER).handler(this::check);
  }

  private void check(RoutingContext context) {
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
    if (!offersSubprotocol(request)) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.INVALID_PARAMETER,
              "Offer the subprotocol '" + SUBPROTOCOL + "' in Sec-WebSocket-Protocol."));
    }
    Caller caller = RequestGate.callerOf(context);
    ContextLocals.put(ARRIVAL.value(), new Arrival(caller, context, admit(request, caller)));
    stripHeaders(request.headers());
    context.next();
  }

  /** WebSockets Next keeps a copy as long as the connection lives, and a token is among them. */
  private static void stripHeaders(MultiMap headers) {
    for (String name : Set.copyOf(headers.names())) {
      if (!KEPT_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
        headers.remove(name);
      }
    }
    headers.set("Sec-WebSocket-Protocol", SUBPROTOCOL);
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

  private static boolean offersSubprotocol(HttpServerRequest request) {
    return HeaderLists.elements(request.headers().getAll("Sec-WebSocket-Protocol"))
        .contains(SUBPROTOCOL);
  }

  @Override
  public boolean appliesTo(String endpoint) {
    return endpoint.equals(SocketEndpoint.class.getName());
  }

  @Override
  public Uni<CheckResult> perform(HttpUpgradeContext upgrade) {
    upgrade.userData().put(ARRIVAL, ContextLocals.<Arrival>get(ARRIVAL.value()).orElseThrow());
    return CheckResult.permitUpgrade();
  }
}
