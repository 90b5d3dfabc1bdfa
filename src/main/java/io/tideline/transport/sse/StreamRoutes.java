package io.tideline.transport.sse;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.Hub;
import io.tideline.hub.Lane;
import io.tideline.hub.Presence;
import io.tideline.protocol.Problem;
import io.tideline.stream.Channel;
import io.tideline.transport.Admission;
import io.tideline.transport.Caller;
import io.tideline.transport.Door;
import io.tideline.transport.ExpiryNotice;
import io.tideline.transport.Heart;
import io.tideline.transport.Lanes;
import io.tideline.transport.LiveSettings;
import io.tideline.transport.RefusedException;
import io.tideline.transport.RetryHint;
import io.tideline.transport.TransportConfig;
import io.tideline.transport.Way;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where event streams are asked for: a channel's messages, if the client accepts them as events,
 * and several channels as one stream.
 *
 * <p>These are routes and no REST methods, as ready-made chunks go past everything that a REST
 * response passes through.
 */
@Singleton
final class StreamRoutes {
  private static final int ORDER = Door.ORDER + 1;
  private static final String EVENT_STREAM = "text/event-stream";

  private final Hub hub;
  private final Lanes lanes;
  private final Way way;
  private final RetryHint retryHint;
  private final LiveSettings settings;
  private final Admission admission;
  private final Presence presence;
  private final Clock clock;

  StreamRoutes(
      Hub hub,
      Lanes lanes,
      TransportConfig transport,
      RetryHint retryHint,
      LiveSettings settings,
      Admission admission,
      Presence presence,
      Clock clock) {
    this.hub = hub;
    this.lanes = lanes;
    this.way = transport.wayOut();
    this.retryHint = retryHint;
    this.settings = settings;
    this.admission = admission;
    this.presence = presence;
    this.clock = clock;
  }

  void add(@Observes Router router) {
    router
        .get("/v1/channels/:channel/messages")
        .method(HttpMethod.HEAD)
        .order(ORDER)
        .handler(this::channel);
    router.get("/v1/stream").method(HttpMethod.HEAD).order(ORDER).handler(this::channels);
  }

  private void channel(RoutingContext context) {
    if (acceptsEvents(context)) {
      open(context, StreamRequest.ofChannel(context));
    } else {
      context.next();
    }
  }

  private void channels(RoutingContext context) {
    open(context, StreamRequest.ofChannels(context, settings.streamChannelsMax()));
  }

  private static void leave(StreamOutlet stream, Admission.Place place) {
    stream.gone();
    place.leave();
  }

  private static boolean acceptsEvents(RoutingContext context) {
    String accept = context.request().getHeader("Accept");
    return accept != null && accept.contains(EVENT_STREAM);
  }

  /** Presence has a right of its own, and channels that have none are named, too. */
  private WatchingOutlet.Wish wish(Caller caller, List<Grant> subscribed) {
    List<Grant> granted = new ArrayList<>();
    Map<Channel, Problem> refused = new LinkedHashMap<>();
    for (Grant subscription : subscribed) {
      Channel channel = subscription.channel();
      Decision decision = caller.decide(Action.PRESENCE, channel);
      if (decision instanceof Decision.Refused no) {
        refused.put(channel, Problem.of(no.refusal()));
      } else if (!presence.isOn(channel)) {
        refused.put(channel, Problem.NO_PRESENCE);
      } else {
        granted.add(((Decision.Granted) decision).grant());
      }
    }
    return new WatchingOutlet.Wish(granted, refused);
  }

  private void open(RoutingContext context, StreamRequest request) {
    boolean isWatching = StreamRequest.watchesPresence(context);
    Caller caller = Caller.of(context);
    List<Grant> grants = new ArrayList<>();
    Map<Channel, Refusal> refused = new LinkedHashMap<>();
    for (Channel channel : request.starts().keySet()) {
      Decision decision = caller.decide(Action.SUBSCRIBE, channel);
      if (decision instanceof Decision.Granted granted) {
        grants.add(granted.grant());
      } else {
        refused.put(channel, ((Decision.Refused) decision).refusal());
      }
    }
    if (grants.isEmpty()) {
      throw new RefusedException(Problem.of(refused.values().iterator().next()));
    }
    Lane lane = lanes.current();
    StreamHead head = new StreamHead(context, lane, way, retryHint, refused);
    if (context.request().method().equals(HttpMethod.HEAD)) {
      head.sendAlone();
      return;
    }
    Heart heart = new Heart(settings.streams(), System.nanoTime());
    ExpiryNotice expiry = new ExpiryNotice(clock, settings.expiring());
    StreamOutlet stream =
        isWatching
            ? new WatchingOutlet(request, head, heart, expiry, presence, lane, wish(caller, grants))
            : new StreamOutlet(request, head, heart, expiry);
    Admission.Entry entry =
        admission.enter(Admission.address(context.request()), caller.identity());
    if (entry instanceof Admission.Entry.Admitted admitted) {
      context.addEndHandler(ended -> leave(stream, admitted.place()));
      stream.begin(hub, lane, grants);
    } else {
      stream.sendAway();
    }
  }
}
