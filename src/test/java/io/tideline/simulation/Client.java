package io.tideline.simulation;

import io.tideline.access.Identity;
import io.tideline.hub.Disconnect;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscription;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Someone who wants some channels, comes and goes, and comes back with the positions of what it has
 * received.
 */
final class Client {
  private static final long AGAIN_MICROS_MAX = 300_000;
  private static final long AGAIN_CALM_MICROS_MAX = 1_000;

  private final World world;
  private final Random random;
  private final String name;
  private final Map<Channel, Follower> followers = new LinkedHashMap<>();
  private Connection connection;
  private Identity token;

  /** Tokens issued before this are revoked, which everybody was promised at that time. */
  private Instant revokedBefore = Instant.MIN;

  private long revokedMicros = -1;

  /** Of what was asked for, whether it was answered or not. */
  private Instant revocableBefore = Instant.MIN;

  private boolean isGone;

  Client(World world, String name) {
    this.world = world;
    this.random = world.random();
    this.name = name;
    for (Channel channel : world.scale().channels()) {
      if (followers.size() < world.scale().limits().subscriptionsMax() && random.nextInt(3) > 0) {
        followers.put(
            channel,
            new Follower(
                channel, world.scale().namespaces().of(channel), world.ledger(), anyStart()));
      }
    }
  }

  private Start anyStart() {
    return switch (random.nextInt(4)) {
      case 0 -> Start.NOW;
      case 1 -> new Start.Last(random.nextInt(20));
      case 2 ->
          new Start.Since(world.time().instant().plus(Duration.ofMillis(random.nextInt(9_000))));
      default -> Start.EARLIEST;
    };
  }

  Collection<Follower> followers() {
    return followers.values();
  }

  Connection connection() {
    return connection;
  }

  boolean isAtHead() {
    return connection != null && followers.values().stream().allMatch(Follower::isAtHead);
  }

  void checkAccess() {
    if (connection != null) {
      connection.checkAccess();
    }
  }

  /** Does one of the things that clients do. */
  void act() {
    if (connection == null) {
      connect();
      return;
    }
    switch (random.nextInt(15)) {
      case 0, 1 -> drop();
      case 12 -> beginAnew();
      case 13 -> connection.renew(newToken());
      case 14 -> revoke();
      case 2, 3 -> connection.stall(true);
      case 4, 5 -> connection.stall(false);
      case 6 -> unsubscribe(world.anyChannel());
      case 7 -> subscribeTwice(world.anyChannel());
      default -> subscribeAll();
    }
  }

  void connect() {
    if (connection == null && !isGone) {
      connectTo(world.anyNode());
    }
  }

  /** Whoever isn't let in comes back with a new token. */
  void connectTo(SimulatedNode node) {
    if (token == null || (isRevocable(token) && random.nextInt(4) == 0)) {
      newToken();
    }
    if (node.admits(token)) {
      connection = new Connection(world, node, this, token);
      world.trace(() -> name + " connects to " + node.name());
      subscribeAll();
    } else {
      token = null;
      comeBack();
    }
  }

  private void comeBack() {
    long againMax = world.weather().isCalm() ? AGAIN_CALM_MICROS_MAX : AGAIN_MICROS_MAX;
    world.time().after(random.nextLong(againMax), this::connect);
  }

  /** As in a new window of a browser: without what was received before. */
  private void beginAnew() {
    drop();
    followers.values().forEach(Follower::forget);
  }

  // --- its token

  private Identity newToken() {
    Instant now = world.time().instant();
    boolean isShort = !world.weather().isCalm() && random.nextInt(4) == 0;
    Instant expires =
        isShort ? now.plus(Duration.ofMillis(200 + random.nextInt(5_000))) : Instant.MAX;
    token = new Identity(name, null, now, expires, World.RIGHTS);
    return token;
  }

  private void revoke() {
    SimulatedNode node = world.anyNode();
    Instant before = world.time().instant();
    revocableBefore = before;
    world.trace(() -> name + " is revoked by " + node.name());
    node.revoke(
        name,
        before,
        () -> {
          if (before.isAfter(revokedBefore)) {
            revokedBefore = before;
            revokedMicros = world.time().micros();
          }
        });
  }

  /** Whether somebody asked for the end of such a token, which may or may not be known yet. */
  boolean isRevocable(Identity identity) {
    return identity.issuedAt().isBefore(revocableBefore);
  }

  /** When it was promised that this token doesn't count any more; below 0 if it wasn't. */
  long revokedMicros(Identity identity) {
    return identity.issuedAt().isBefore(revokedBefore) ? revokedMicros : -1;
  }

  private void subscribeAll() {
    for (Follower follower : followers.values()) {
      if (follower.state() == Follower.State.AWAY) {
        connection.subscribe(follower.channel(), follower.subscribing());
      }
    }
  }

  private void subscribeTwice(Channel channel) {
    Follower follower = followers.get(channel);
    if (follower != null && !follower.isLeaving()) {
      connection.subscribe(channel, follower.subscribing());
    }
  }

  private void unsubscribe(Channel channel) {
    Follower follower = followers.get(channel);
    if (follower == null || follower.leaving()) {
      connection.unsubscribe(channel);
    }
  }

  void drop() {
    if (connection != null) {
      world.trace(() -> name + " drops its connection to " + connection.node().name());
      Connection dropped = connection;
      disconnected(dropped);
      dropped.drop();
    }
  }

  /** For good. */
  void go() {
    isGone = true;
    drop();
  }

  /** Reads what comes, and subscribes to what it wants. */
  void settle() {
    if (connection == null) {
      connect();
    } else {
      connection.stall(false);
      subscribeAll();
    }
  }

  // --- what arrives

  void disconnected(Connection ended) {
    if (connection == ended) {
      connection = null;
      followers.values().forEach(Follower::disconnected);
      comeBack();
    }
  }

  /** The hub has ended it. */
  void ended(Connection ended, Disconnect why) {
    if (why == Disconnect.TOKEN_EXPIRED || why == Disconnect.TOKEN_REVOKED) {
      token = null;
    }
    disconnected(ended);
  }

  /** It was told to go elsewhere, and does. */
  void leave(Connection left) {
    if (connection == left) {
      drop();
    }
  }

  void subscribed(Channel channel, Position at, long head) {
    followers.get(channel).subscribed(at, head);
  }

  void refused(Channel channel, SubscribeOutcome why) {
    followers.get(channel).refused(why);
  }

  void left(Channel channel) {
    followers.get(channel).left();
  }

  void received(Subscription subscription, Publication publication) {
    followers.get(subscription.channel()).received(publication);
  }

  void told(Subscription subscription, Gap gap) {
    followers.get(subscription.channel()).told(gap);
  }

  @Override
  public String toString() {
    return name;
  }
}
