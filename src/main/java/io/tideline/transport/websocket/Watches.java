package io.tideline.transport.websocket;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.hub.Bulletin;
import io.tideline.hub.Lane;
import io.tideline.hub.Presence;
import io.tideline.hub.PresenceWatch;
import io.tideline.presence.PresenceNews;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ServerFrames;
import io.tideline.stream.Channel;
import io.tideline.transport.Caller;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The channels whose presence a connection watches. On its lane only. */
final class Watches {
  /** What the same news is encoded to, once for all WebSockets. */
  private enum Form {
    STATE,
    STEP
  }

  private final Presence presence;
  private final Lane lane;
  private final SocketOutlet outlet;
  private final int watchesMax;
  private final Map<Channel, PresenceWatch> watches = new HashMap<>(2);

  Watches(Presence presence, Lane lane, SocketOutlet outlet, int watchesMax) {
    this.presence = presence;
    this.lane = lane;
    this.outlet = outlet;
    this.watchesMax = watchesMax;
  }

  /** Null if it is watched from now on. */
  @Nullable Problem begin(Grant grant) {
    Channel channel = grant.channel();
    if (watches.containsKey(channel)) {
      return Problem.ALREADY_SUBSCRIBED;
    }
    if (watches.size() >= watchesMax) {
      return Problem.TOO_MANY_SUBSCRIPTIONS;
    }
    watches.put(channel, presence.watch(grant, lane, this::tell));
    return null;
  }

  /** False if it wasn't watched. */
  boolean end(Channel channel) {
    PresenceWatch watch = watches.remove(channel);
    if (watch == null) {
      return false;
    }
    watch.end();
    return true;
  }

  /** Ends, and says so, what the caller has no right to any more. */
  void endThose(Caller caller) {
    for (Channel channel : List.copyOf(watches.keySet())) {
      if (caller.decide(Action.PRESENCE, channel) instanceof Decision.Refused refused) {
        end(channel);
        outlet.say(ServerFrames.presenceOver(channel, Problem.of(refused.refusal())));
      }
    }
  }

  void endAll() {
    watches.values().forEach(PresenceWatch::end);
    watches.clear();
  }

  private boolean tell(Bulletin news, boolean asStep) {
    return outlet.offer(
        asStep ? news.bytes(Form.STEP, Watches::step) : news.bytes(Form.STATE, Watches::state));
  }

  private static byte[] step(PresenceNews news) {
    return ServerFrames.presence(news.step());
  }

  private static byte[] state(PresenceNews news) {
    return ServerFrames.presence(news.state());
  }
}
