package io.tideline.door.sse;

import io.smallrye.mutiny.Uni;
import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.Hub;
import io.tideline.loop.Lane;
import io.tideline.net.ClientAddress;
import io.tideline.net.Lanes;
import io.tideline.net.http.AcceptedTypes;
import io.tideline.net.http.DoorRoutes;
import io.tideline.net.http.RequestGate;
import io.tideline.net.http.RetryHint;
import io.tideline.net.http.Route;
import io.tideline.net.http.Route.Use;
import io.tideline.net.websocket.TransportConfig;
import io.tideline.net.websocket.WriteMode;
import io.tideline.presence.Presence;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.Admission;
import io.tideline.session.Caller;
import io.tideline.session.ExpiryNotice;
import io.tideline.session.Heartbeat;
import io.tideline.session.LiveSettings;
import io.tideline.session.ProblemException;
import io.tideline.session.TransportEvents;
import io.tideline.stream.Channel;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where event streams are asked for: a channel's messages, if the client accepts them as events,
 * and several channels as one stream.
 *
 * <p>These are routes and no REST methods, as ready-made chunks go past everything that a REST
 * response passes through.
 */
@Singleton
public final class StreamRoutes implements DoorRoutes {
  public static final Route ROUTE =
      Route.of(
          "/v1/stream",
          Use.read("channel", "after", "last", "since", "lastEventId", "envelope", "presence"));

  private static final int ORDER = RequestGate.ORDER + 1;

  private final Hub hub;
  private final Lanes lanes;
  private final WriteMode way;
  private final RetryHint retryHint;
  private final LiveSettings settings;
  private final Admission admission;
  private final Presence presence;
  private final TransportEvents events;
  private final Clock clock;

  StreamRoutes(
      Hub hub,
      Lanes lanes,
      TransportConfig transport,
      RetryHint retryHint,
      LiveSettings settings,
      Admission admission,
      Presence presence,
      TransportEvents events,
      Clock clock) {
    this.hub = hub;
    this.lanes = lanes;
    this.way = transport.wayOut();
    this.retryHint = retryHint;
    this.settings = settings;
    this.admission = admission;
    this.presence = presence;
    this.events = events;
    this.clock = clock;
  }

  void add(@Observes Router router) {
    router
        .get("/v1/channels/:channel/messages")
        .method(HttpMethod.HEAD)
        .order(ORDER)
        .handler(this::channel);
    router.get(ROUTE.template()).method(HttpMethod.HEAD).order(ORDER).handler(this::channels);
  }

  @Override
  public List<Route> routes() {
    return List.of(ROUTE);
  }

  @Override
  public String area() {
    return "/v1";
  }

  private void channel(RoutingContext context) {
    AcceptedTypes accepted = accepted(context);
    if (accepted.prefers("text", "event-stream", "application", "json")) {
      open(context, StreamRequest.ofChannel(context));
    } else if (accepted.accepts("application", "json")) {
      // What comes next reads the list in its own way, and there is one way only.
      context.request().headers().set("Accept", "application/json");
      context.next();
    } else {
      throw new ProblemException(Problem.NOT_ACCEPTABLE);
    }
  }

  private void channels(RoutingContext context) {
    if (!accepted(context).accepts("text", "event-stream")) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.NOT_ACCEPTABLE, "This is an event stream: accept text/event-stream."));
    }
    open(context, StreamRequest.ofChannels(context, settings.streamChannelsMax()));
  }

  private static void leave(StreamOutlet stream, Admission.Place place) {
    stream.closed();
    place.leave();
  }

  private static AcceptedTypes accepted(RoutingContext context) {
    return AcceptedTypes.of(context.request().headers().getAll("Accept"));
  }

  private void open(RoutingContext context, StreamRequest request) {
    Caller caller = RequestGate.callerOf(context);
    caller
        .ask(Action.SUBSCRIBE, request.starts().keySet())
        .chain(
            decisions ->
                StreamRequest.watchesPresence(context)
                    ? caller
                        .ask(Action.PRESENCE, granted(decisions).keySet())
                        .map(presence -> new Decisions(caller.confirm(decisions), presence))
                    : Uni.createFrom().item(new Decisions(decisions, Map.of())))
        .invoke(decisions -> open(context, request, decisions))
        .subscribe()
        .with(opened -> {}, context::fail);
  }

  /** What was decided on each channel. */
  private record Decisions(Map<Channel, Decision> subscribe, Map<Channel, Decision> presence) {}

  private static Map<Channel, Grant> granted(Map<Channel, Decision> decisions) {
    Map<Channel, Grant> granted = new LinkedHashMap<>();
    decisions.forEach(
        (channel, decision) -> {
          if (decision instanceof Decision.Granted yes) {
            granted.put(channel, yes.grant());
          }
        });
    return granted;
  }

  private static Map<Channel, Decision.Refused> refused(Map<Channel, Decision> decisions) {
    Map<Channel, Decision.Refused> refused = new LinkedHashMap<>();
    decisions.forEach(
        (channel, decision) -> {
          if (decision instanceof Decision.Refused no) {
            refused.put(channel, no);
          }
        });
    return refused;
  }

  private static Set<Channel> undecided(Map<Channel, Decision.Refused> refused) {
    Set<Channel> undecided = new LinkedHashSet<>(refused.keySet());
    undecided.removeIf(channel -> refused.get(channel).refusal() != Refusal.UNDECIDED);
    return undecided;
  }

  /** Presence has a right of its own, and channels that have none are named, too. */
  private WatchingOutlet.Wish wish(Map<Channel, Decision> decisions) {
    Map<Channel, ProblemDetails> refused = new LinkedHashMap<>();
    refused(decisions).forEach((channel, why) -> refused.put(channel, ProblemDetails.of(why)));
    Map<Channel, Grant> granted = granted(decisions);
    List.copyOf(granted.keySet()).stream()
        .filter(channel -> !presence.isOn(channel))
        .forEach(
            channel -> {
              granted.remove(channel);
              refused.put(channel, ProblemDetails.of(Problem.NO_PRESENCE));
            });
    return new WatchingOutlet.Wish(List.copyOf(granted.values()), refused);
  }

  private void open(RoutingContext context, StreamRequest request, Decisions decisions) {
    if (context.response().closed()) {
      return;
    }
    List<Grant> grants = List.copyOf(granted(decisions.subscribe()).values());
    Map<Channel, Decision.Refused> refused = refused(decisions.subscribe());
    boolean isHead = context.request().method().equals(HttpMethod.HEAD);
    Set<Channel> undecided = undecided(refused);
    if (grants.isEmpty() && (undecided.isEmpty() || isHead)) {
      throw new ProblemException(ProblemDetails.of(refused.values().iterator().next()));
    }
    Lane lane = lanes.current();
    StreamHead head = new StreamHead(context, lane, way, retryHint, refused);
    if (isHead) {
      head.sendAlone();
    } else if (grants.isEmpty() || !undecided.stream().allMatch(request::mayBeginLater)) {
      head.sendAway(request.lastId());
    } else {
      begin(context, request, head, lane, grants, undecided, decisions);
    }
  }

  private void begin(
      RoutingContext context,
      StreamRequest request,
      StreamHead head,
      Lane lane,
      List<Grant> grants,
      Set<Channel> undecided,
      Decisions decisions) {
    Heartbeat heart = new Heartbeat(settings.streams(), System.nanoTime());
    ExpiryNotice expiry = new ExpiryNotice(clock, settings.expiring());
    StreamOutlet stream =
        StreamRequest.watchesPresence(context)
            ? new WatchingOutlet(
                request, head, heart, expiry, presence, lane, wish(decisions.presence()))
            : new StreamOutlet(request, head, heart, expiry);
    Admission.Entry entry =
        admission.enter(ClientAddress.of(context.request()), grants.get(0).identity());
    if (entry instanceof Admission.Entry.Admitted admitted) {
      context.addEndHandler(ended -> leave(stream, admitted.place()));
      stream.begin(hub, lane, RequestGate.callerOf(context), admitted.place(), grants, undecided);
    } else {
      events.refused(TransportEvents.Via.HTTP, ((Admission.Entry.Refused) entry).why());
      stream.sendAway();
    }
  }
}
