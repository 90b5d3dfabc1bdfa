package io.tideline.hub;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Grant;
import io.tideline.access.GrantRenewal;
import io.tideline.access.Identity;
import io.tideline.loop.IndexedBag;
import io.tideline.stream.Channel;
import io.tideline.stream.Start;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Consumer;

/** One connection, as the hub sees it. Touched on its lane only. */
public final class Subscriber extends IndexedBag.Element {
  private final Hub hub;
  private final Pump pump;
  private final Outlet outlet;
  private Identity identity;

  // Most connections have one subscription or few, and none of them behind: what isn't used isn't
  // there.
  private Map<Channel, Subscription> subscriptions = Map.of();
  private Queue<Subscription> behind;
  private int asked;
  private boolean unflushed;
  private boolean queued;
  private boolean isClosed;
  private final Transport transport;
  private final long number;
  private final long sinceMillis;

  /**
   * Makes a connection without subscriptions.
   *
   * @param number unique on this node
   * @param sinceMillis when it came, as {@link System#currentTimeMillis()}
   */
  Subscriber(Hub hub, Pump pump, Outlet outlet, Identity identity, long number, long sinceMillis) {
    this.hub = hub;
    this.pump = pump;
    this.outlet = outlet;
    this.transport = outlet.transport();
    this.identity = identity;
    this.number = number;
    this.sinceMillis = sinceMillis;
  }

  /**
   * Subscribes this connection, without wishes.
   *
   * @see #subscribe(Grant, Start, SubscribeOptions, Consumer)
   */
  public void subscribe(Grant grant, Start start, Consumer<SubscribeOutcome> reply) {
    subscribe(grant, start, SubscribeOptions.NONE, reply);
  }

  /**
   * Subscribes this connection. {@code reply} is called on the lane before the channel's first
   * publication or gap, at once or after a read, and not at all if the connection is closed before.
   *
   * @param grant to {@link io.tideline.access.Action#SUBSCRIBE}
   */
  public void subscribe(
      Grant grant, Start start, SubscribeOptions options, Consumer<SubscribeOutcome> reply) {
    hub.subscribe(this, grant, start, options, reply);
  }

  /**
   * The subscription goes on under another grant to its channel, say after the token was renewed.
   */
  public void regrant(Subscription subscription, Grant grant) {
    subscription.renewal(
        GrantRenewal.of(grant, pump.lane(), refusal -> revoked(subscription, refusal)));
  }

  /**
   * Nobody asks any more whether it may go on: another token counts, and {@link #regrant} follows.
   */
  public void suspend(Subscription subscription) {
    subscription.renewal(null);
  }

  private void revoked(Subscription subscription, AccessPolicy.Refusal refusal) {
    unsubscribe(subscription.channel());
    outlet.ended(subscription, reason(refusal));
  }

  private static Disconnect reason(AccessPolicy.Refusal refusal) {
    return switch (refusal) {
      case UNDECIDED, TOO_MANY -> Disconnect.UNCONFIRMED;
      case PROOF_EXPIRED -> Disconnect.TOKEN_EXPIRED;
      case UNAUTHENTICATED, TOKEN_EXPIRED, TOKEN_REVOKED, FORBIDDEN -> Disconnect.FORBIDDEN;
    };
  }

  /** False if there is no such subscription. */
  public boolean unsubscribe(Channel channel) {
    Subscription subscription = subscriptions.get(channel);
    if (subscription == null) {
      return false;
    }
    subscriptions.remove(channel);
    if (behind != null) {
      behind.remove(subscription);
    }
    hub.end(subscription);
    return true;
  }

  /** Null if there is none. */
  public Subscription subscription(Channel channel) {
    return subscriptions.get(channel);
  }

  public Collection<Subscription> subscriptions() {
    return subscriptions.values();
  }

  public Identity identity() {
    return identity;
  }

  /** The token was renewed. */
  public void identity(Identity renewed) {
    Identity former = identity;
    identity = renewed;
    if (!Objects.equals(former.subject(), renewed.subject())) {
      subscriptions.values().forEach(subscription -> hub.renamed(subscription, former));
    }
  }

  /** The outlet has room again. */
  public void writable() {
    if (!queued && behind != null && !behind.isEmpty()) {
      queued = true;
      pump.writable(this);
    }
  }

  /** The connection is gone. */
  public void closed() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    List<Subscription> all = new ArrayList<>(subscriptions.values());
    subscriptions = Map.of();
    behind = null;
    all.forEach(hub::end);
    hub.disconnected(this);
  }

  boolean isClosed() {
    return isClosed;
  }

  Pump pump() {
    return pump;
  }

  Transport transport() {
    return transport;
  }

  long number() {
    return number;
  }

  long sinceMillis() {
    return sinceMillis;
  }

  Outlet outlet() {
    return outlet;
  }

  /** Subscriptions that it has, or has asked for. */
  int wanted() {
    return subscriptions.size() + asked;
  }

  void asks() {
    asked++;
  }

  void answered() {
    asked--;
  }

  void add(Subscription subscription) {
    if (subscriptions.isEmpty()) {
      subscriptions = new HashMap<>(2);
    }
    subscriptions.put(subscription.channel(), subscription);
  }

  void addBehind(Subscription subscription) {
    if (behind == null) {
      behind = new ArrayDeque<>(2);
    }
    behind.add(subscription);
  }

  /** How many wait for room. */
  int behind() {
    return behind == null ? 0 : behind.size();
  }

  /** The one that has waited longest; null if none waits. */
  Subscription pollBehind() {
    Subscription next = null;
    while (behind != null
        && !behind.isEmpty()
        && (next == null || next.state() != Subscription.State.BEHIND)) {
      next = behind.poll();
    }
    return next == null || next.state() != Subscription.State.BEHIND ? null : next;
  }

  void noLongerQueued() {
    queued = false;
  }

  /** False if it is marked already. */
  boolean markUnflushed() {
    boolean isNew = !unflushed;
    unflushed = true;
    return isNew;
  }

  void flush() {
    unflushed = false;
    outlet.flush();
    if (outlet.isDrained()) {
      // All left at once, so there was nothing to be called back for.
      writable();
    }
  }

  /** The hub ends this connection; the transport will call {@link #closed()}. */
  void disconnect(Disconnect why) {
    subscriptions.values().forEach(subscription -> subscription.state(Subscription.State.ENDED));
    outlet.close(why);
  }
}
