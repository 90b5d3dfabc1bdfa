package io.tideline.door.rest;

import io.tideline.net.http.DoorRoutes;
import io.tideline.net.http.Route;
import io.tideline.net.http.Route.Use;
import jakarta.inject.Singleton;
import java.util.List;

/** The routes of the REST API. */
@Singleton
public final class RestRoutes implements DoorRoutes {
  public static final String AREA = "/v1";
  public static final Route BATCH = Route.ofBatch("/v1/messages", Use.of("POST", "atomic"));
  public static final Route SESSION = Route.ofLogin("/v1/session");
  public static final Route REVOCATIONS = Route.ofObject("/v1/revocations", Use.of("POST"));
  public static final Route CONNECTIONS =
      Route.of("/v1/connections", Use.read("order", "limit", "after"));
  public static final Route NODES = Route.of("/v1/nodes", Use.read());
  public static final Route CHANNELS =
      Route.of("/v1/channels", Use.read("prefix", "after", "limit"));
  public static final Route CHANNEL = Route.of("/v1/channels/{channel}", Use.read());
  public static final Route PRESENCE =
      Route.of("/v1/channels/{channel}/presence", Use.read("after", "limit", "count"));

  /** Its GET is also the door of pages, and that of a channel's events. */
  public static final Route MESSAGES =
      Route.ofPayload(
          "/v1/channels/{channel}/messages",
          Use.read(
              "after", "last", "since", "lastEventId", "limit", "wait", "envelope", "presence"),
          Use.of("POST"),
          Use.of("DELETE", "through"));

  @Override
  public List<Route> routes() {
    return List.of(
        BATCH, SESSION, REVOCATIONS, CONNECTIONS, NODES, CHANNELS, CHANNEL, PRESENCE, MESSAGES);
  }

  @Override
  public String area() {
    return AREA;
  }
}
