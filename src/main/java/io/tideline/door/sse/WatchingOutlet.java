package io.tideline.door.sse;

import io.tideline.access.Grant;
import io.tideline.access.GrantRenewal;
import io.tideline.loop.Lane;
import io.tideline.presence.Presence;
import io.tideline.presence.PresenceNews;
import io.tideline.presence.PresenceUpdate;
import io.tideline.presence.PresenceWatch;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.ServerEvents;
import io.tideline.session.ExpiryNotice;
import io.tideline.session.Heartbeat;
import io.tideline.stream.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An event stream that tells who is in its channels, too. On its lane only. */
final class WatchingOutlet extends StreamOutlet {
  /** What the same news is encoded to, once for all streams. */
  private enum Form {
    STATE,
    STEP
  }

  private final Presence presence;
  private final Lane lane;
  private final Wish wish;
  private final List<PresenceWatch> watches = new ArrayList<>(1);
  private final List<GrantRenewal> renewals = new ArrayList<>(0);

  /**
   * Whose presence is to be told.
   *
   * @param refused what is not, and why
   */
  record Wish(List<Grant> grants, Map<Channel, ProblemDetails> refused) {}

  WatchingOutlet(
      StreamRequest request,
      StreamHead head,
      Heartbeat heart,
      ExpiryNotice expiry,
      Presence presence,
      Lane lane,
      Wish wish) {
    super(request, head, heart, expiry);
    this.presence = presence;
    this.lane = lane;
    this.wish = wish;
  }

  @Override
  void opened() {
    wish.refused().forEach((channel, why) -> offer(ServerEvents.presenceOver(channel, why)));
    wish.grants().forEach(this::watch);
  }

  private void watch(Grant grant) {
    PresenceWatch watch = presence.watch(grant, lane, this::send);
    watches.add(watch);
    GrantRenewal renewal =
        GrantRenewal.of(
            grant,
            lane,
            refusal -> {
              watches.remove(watch);
              watch.end();
              ProblemDetails why = ProblemDetails.of(Problem.of(refusal));
              offer(ServerEvents.presenceOver(grant.channel(), why));
            });
    if (renewal != null) {
      renewals.add(renewal);
    }
  }

  @Override
  void over() {
    renewals.forEach(GrantRenewal::end);
    renewals.clear();
    watches.forEach(PresenceWatch::end);
    watches.clear();
  }

  private boolean send(PresenceUpdate news, boolean asStep) {
    return offer(
        asStep
            ? news.bytes(Form.STEP, WatchingOutlet::step)
            : news.bytes(Form.STATE, WatchingOutlet::state));
  }

  private static byte[] step(PresenceNews news) {
    return ServerEvents.presence(news.step());
  }

  private static byte[] state(PresenceNews news) {
    return ServerEvents.presence(news.state());
  }
}
