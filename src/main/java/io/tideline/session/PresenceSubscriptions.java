package io.tideline.session;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.GrantRenewal;
import io.tideline.loop.Lane;
import io.tideline.presence.Presence;
import io.tideline.presence.PresenceUpdate;
import io.tideline.presence.PresenceWatch;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.stream.Channel;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The channels whose presence a connection watches. On its lane only. */
final class PresenceSubscriptions {
  private final Presence presence;
  private final Lane lane;
  private final Dialect dialect;
  private final SessionOutlet outlet;
  private final int watchesMax;

  /** Most connections watch nobody, so it isn't there until one does. */
  private Map<Channel, Watch> watches = Map.of();

  /** Whose rights count; null until the first new token. */
  private @Nullable Caller latest;

  /** What is watched, and what keeps it allowed. */
  private static final class Watch {
    private final PresenceWatch presence;
    private @Nullable GrantRenewal renewal;

    Watch(PresenceWatch presence) {
      this.presence = presence;
    }

    void renewal(@Nullable GrantRenewal next) {
      if (renewal != null) {
        renewal.end();
      }
      renewal = next;
    }

    void end() {
      renewal(null);
      presence.end();
    }
  }

  PresenceSubscriptions(
      Presence presence, Lane lane, Dialect dialect, SessionOutlet outlet, int watchesMax) {
    this.presence = presence;
    this.lane = lane;
    this.dialect = dialect;
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
    Watch watch = new Watch(presence.watch(grant, lane, this::send));
    if (watches.isEmpty()) {
      watches = new HashMap<>(2);
    }
    watches.put(channel, watch);
    regrant(watch, grant);
    return null;
  }

  private void regrant(Watch watch, Grant grant) {
    watch.renewal(
        GrantRenewal.of(
            grant, lane, refusal -> lost(grant.channel(), ProblemDetails.of(Problem.of(refusal)))));
  }

  private void lost(Channel channel, ProblemDetails why) {
    end(channel);
    outlet.send(dialect.presenceEnded(channel, why));
  }

  /** False if it wasn't watched. */
  boolean end(Channel channel) {
    Watch watch = watches.get(channel);
    if (watch == null) {
      return false;
    }
    watches.remove(channel);
    watch.end();
    return true;
  }

  /**
   * Ends, and says so, what the caller has no right to any more; whom the authorizer must be asked
   * about goes on until it has answered.
   */
  void reconsider(Caller caller) {
    latest = caller;
    for (Map.Entry<Channel, Watch> each : List.copyOf(watches.entrySet())) {
      Channel channel = each.getKey();
      Watch watch = each.getValue();
      watch.renewal(null);
      caller
          .ask(Action.PRESENCE, channel)
          .emitOn(lane::run)
          .subscribe()
          .with(
              decision -> {
                if (caller.equals(latest)) {
                  reconsidered(channel, watch, decision);
                }
              });
    }
  }

  private void reconsidered(Channel channel, Watch watch, Decision decision) {
    if (watches.get(channel) != watch) {
      return;
    }
    if (decision instanceof Decision.Granted granted) {
      regrant(watch, granted.grant());
    } else {
      lost(channel, ProblemDetails.of((Decision.Refused) decision));
    }
  }

  void endAll() {
    watches.values().forEach(Watch::end);
    watches = Map.of();
  }

  private boolean send(PresenceUpdate update, boolean asStep) {
    return outlet.offer(dialect.presence(update, asStep));
  }
}
