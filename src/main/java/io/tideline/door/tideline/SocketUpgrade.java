package io.tideline.door.tideline;

import io.tideline.net.http.DoorRoutes;
import io.tideline.net.http.Route;
import io.tideline.net.http.WebSocketUpgrade;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.ProblemException;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;

/** The route of {@link SocketEndpoint}: takes requests that offer {@value #SUBPROTOCOL}. */
@Singleton
public final class SocketUpgrade implements DoorRoutes {
  static final String PATH = "/v1/ws";
  public static final Route ROUTE = Route.ofSocket(PATH);
  static final String SUBPROTOCOL = "tideline.v1";

  private final WebSocketUpgrade upgrade;

  SocketUpgrade(WebSocketUpgrade upgrade) {
    this.upgrade = upgrade;
  }

  void add(@Observes Router router) {
    upgrade.add(router, PATH, SocketUpgrade::choose);
  }

  @Override
  public List<Route> routes() {
    return List.of(ROUTE);
  }

  @Override
  public String area() {
    return "/v1";
  }

  private static String choose(List<String> offered) {
    if (!offered.contains(SUBPROTOCOL)) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.INVALID_PARAMETER,
              "Offer the subprotocol '" + SUBPROTOCOL + "' in Sec-WebSocket-Protocol."));
    }
    return SUBPROTOCOL;
  }
}
