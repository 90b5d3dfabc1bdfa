package io.tideline.simulation;

import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.hub.Outlet;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.hub.Transport;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Publication;
import io.tideline.stream.SlowConsumer;
import io.tideline.stream.Start;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.Random;

/**
 * A connection between a client and a node: an outlet with little room, and a network behind it
 * that takes what was flushed when it likes, or not at all for a while. What it has not taken when
 * the connection ends is lost.
 */
final class Connection implements Outlet {
  private static final int CONTROL_BYTES = 100;

  private final World world;
  private final Random random;
  private final SimulatedNode node;
  private final SimulatedLane lane;
  private final Client client;
  private final Identity identity;
  private final int roomMax;
  private final int overhead;
  private final int takeMicrosMax;
  private final boolean isEager;
  private final int messagesMax;
  private final Queue<Item> waiting = new ArrayDeque<>();
  private Subscriber subscriber;
  private int waitingBytes;
  private int flushed;
  private int messages;
  private boolean isWanted;
  private boolean isTaking;
  private boolean isStalled;
  private boolean isToldToLeave;
  private boolean isClosed;
  private boolean isGone;
  private Access access;

  private record Item(int bytes, Runnable arrive) {}

  Connection(World world, SimulatedNode node, Client client, Identity identity) {
    this.world = world;
    this.random = world.random();
    this.node = node;
    this.lane = node.lanes().get(random.nextInt(node.lanes().size()));
    this.client = client;
    this.identity = identity;
    this.roomMax = world.scale().limits().outgoingBytesMax();
    this.overhead = random.nextInt(3) * 5;
    this.takeMicrosMax = 100 << random.nextInt(12);
    this.isEager = random.nextBoolean();
    this.messagesMax = random.nextInt(4) == 0 ? 1 + random.nextInt(10) : Integer.MAX_VALUE;
    lane.execute(this::connect);
  }

  private void connect() {
    lane.connected();
    access = new Access(world, node, client, identity);
    subscriber = node.hub().connect(lane, this, identity);
  }

  SimulatedNode node() {
    return node;
  }

  // --- what the client does

  void subscribe(Channel channel, Start start) {
    lane.execute(
        () -> {
          if (!isClosed) {
            subscribeHere(channel, start);
          }
        });
  }

  private void subscribeHere(Channel channel, Start start) {
    boolean isFromNow = start.equals(Start.NOW) && !isEphemeral(channel);
    FromNow expected = isFromNow ? new FromNow(world, node, channel) : null;
    subscriber.subscribe(
        world.grant(Action.SUBSCRIBE, channel),
        start,
        outcome -> {
          if (isFromNow) {
            expected.check(outcome);
          }
          replied(channel, outcome);
        });
  }

  private boolean isEphemeral(Channel channel) {
    return world.scale().namespaces().of(channel).isEphemeral();
  }

  void unsubscribe(Channel channel) {
    lane.execute(
        () -> {
          if (!isClosed && subscriber.unsubscribe(channel)) {
            say(() -> client.left(channel));
          }
        });
  }

  /** With a new token, in-band. */
  void renew(Identity renewed) {
    lane.execute(
        () -> {
          if (!isClosed) {
            access.renewed(renewed);
            subscriber.identity(renewed);
          }
        });
  }

  /** The client, or the network, ends it: what is on the way is lost. */
  void drop() {
    isClosed = true;
    waiting.clear();
    lane.execute(this::closed);
  }

  private void closed() {
    if (!isGone) {
      isGone = true;
      subscriber.closed();
      lane.disconnected();
    }
  }

  void stall(boolean stalls) {
    isStalled = stalls;
    take();
  }

  // --- what the hub does

  private void replied(Channel channel, SubscribeOutcome outcome) {
    if (isClosed) {
      return;
    }
    if (outcome instanceof SubscribeOutcome.Subscribed subscribed) {
      Subscription subscription = subscribed.subscription();
      var position = subscription.position();
      long head = subscription.channelState().head();
      world.trace(
          () -> client + " " + node.name() + " replied " + channel + " " + text(subscription));
      say(() -> client.subscribed(channel, position, head));
    } else {
      world.trace(() -> client + " " + node.name() + " replied " + channel + " " + outcome);
      say(() -> client.refused(channel, outcome));
    }
  }

  private static String text(Subscription subscription) {
    var position = subscription.position();
    return position == null ? "ephemeral" : position.epoch() + "/" + position.offset();
  }

  /** Replies are written also when there is no room, and leave at once. */
  private void say(Runnable arrive) {
    waiting.add(new Item(0, arrive));
    flush();
  }

  @Override
  public Transport transport() {
    return Transport.WEBSOCKET;
  }

  @Override
  public Format format() {
    return SimulatedFormat.INSTANCE;
  }

  @Override
  public int room() {
    world.asked();
    isWanted |= waitingBytes > 0;
    return isClosed ? 0 : Math.max(0, roomMax - waitingBytes);
  }

  @Override
  public boolean isDrained() {
    return !isClosed && waitingBytes == 0;
  }

  @Override
  public int roomMessages() {
    return messagesMax == Integer.MAX_VALUE ? messagesMax : messagesMax - messages;
  }

  @Override
  public int overheadBytes() {
    return overhead;
  }

  @Override
  public void write(Subscription subscription, FrameBatch run) {
    if (isClosed) {
      return;
    }
    checkLive(subscription);
    int count = run.frames().length;
    int bytes = run.bytes() + count * overhead;
    if (waitingBytes + bytes > roomMax && (count > 1 || waitingBytes > 0)) {
      throw Violation.of(
          "%s: %d bytes are added to %d of %d", client, bytes, waitingBytes, roomMax);
    }
    if (count > roomMessages()) {
      throw Violation.of("%s: %d messages are too many", client, count);
    }
    messages += messagesMax == Integer.MAX_VALUE ? 0 : count;
    waitingBytes += bytes;
    for (int i = 0; i < count; i++) {
      Publication publication = run.publications().get(i);
      byte[] frame = run.frames()[i];
      if (!SimulatedFormat.isFrame(frame, publication)) {
        throw new Violation("not the frame of " + publication);
      }
      waiting.add(
          new Item(frame.length + overhead, () -> client.received(subscription, publication)));
    }
    world.trace(
        () ->
            String.format(
                "%s %s write %s %d/%d-%d",
                client,
                node.name(),
                subscription.channel(),
                run.publications().get(0).epoch(),
                run.publications().get(0).offset(),
                run.lastOffset()));
  }

  @Override
  public void gap(Subscription subscription, Gap gap) {
    if (isClosed) {
      return;
    }
    checkLive(subscription);
    Violation.unless(
        waitingBytes < roomMax && roomMessages() > 0, "%s: no room for %s", client, gap);
    waitingBytes += CONTROL_BYTES;
    waiting.add(new Item(CONTROL_BYTES, () -> client.told(subscription, gap)));
    world.trace(() -> client + " " + node.name() + " tell " + gap);
  }

  private void checkLive(Subscription subscription) {
    if (!lane.isCurrent()) {
      throw new Violation(client + ": touched off its lane");
    }
    if (subscriber.subscription(subscription.channel()) != subscription) {
      throw new Violation(client + ": " + subscription.channel() + " is not subscribed any more");
    }
  }

  @Override
  public void flush() {
    flushed = waiting.size();
    take();
  }

  @Override
  public void ended(Subscription subscription, Disconnect why) {
    throw new Violation("nobody ended " + subscription.channel());
  }

  /** Some go at once, the others wait until they are ended. */
  @Override
  public void drains(Duration within) {
    isToldToLeave = true;
    if (random.nextBoolean()) {
      world.time().after(random.nextLong(within.toNanos() / 1000 + 1), () -> client.leave(this));
    }
  }

  /** What was written before may still arrive; then the client comes back. */
  @Override
  public void close(Disconnect why) {
    if (isClosed) {
      return;
    }
    world.trace(() -> client + " " + node.name() + " closed: " + why);
    checkClose(why);
    isClosed = true;
    if (random.nextBoolean()) {
      waiting.clear();
    }
    waiting.add(new Item(0, () -> client.ended(this, why)));
    flush();
    if (random.nextBoolean()) {
      closed();
    } else {
      lane.execute(this::closed);
    }
  }

  /** P7: what goes wrong behind the node ends nobody's connection. */
  private void checkClose(Disconnect why) {
    switch (why) {
      case SLOW -> Violation.unless(mayBeTooSlow(), "%s: closed, not too slow", client);
      case TOKEN_EXPIRED ->
          Violation.unless(access.isExpired(), "%s: closed before its time", client);
      case TOKEN_REVOKED ->
          Violation.unless(access.isRevocable(), "%s: closed, not revoked", client);
      case DRAIN -> {
        Violation.unless(isToldToLeave, "%s: sent away without a word", client);
        node.checkSpread(lane);
      }
      case FORBIDDEN, UNCONFIRMED -> throw Violation.of("%s: closed for %s", client, why);
    }
  }

  private boolean mayBeTooSlow() {
    return subscriber.subscriptions().stream()
        .anyMatch(
            subscription ->
                isBehind(subscription)
                    && world.scale().namespaces().of(subscription.channel()).slowConsumer()
                        == SlowConsumer.DISCONNECT);
  }

  private static boolean isBehind(Subscription subscription) {
    return !subscription.channelState().headPosition().equals(subscription.position());
  }

  void checkAccess() {
    if (!isClosed && access != null) {
      access.check();
    }
  }

  // --- what the network does

  private void take() {
    if (!isTaking && !isStalled && flushed > 0 && !waiting.isEmpty()) {
      isTaking = true;
      world
          .time()
          .after(world.weather().isCalm() ? 100 : random.nextInt(takeMicrosMax), this::taken);
    }
  }

  private void taken() {
    isTaking = false;
    if (isStalled) {
      return;
    }
    for (int i = 1 + random.nextInt(20); i > 0 && flushed > 0 && !waiting.isEmpty(); i--) {
      Item item = waiting.remove();
      flushed--;
      waitingBytes -= item.bytes();
      item.arrive().run();
    }
    boolean hasRoom = waitingBytes == 0 || (isEager && waitingBytes < roomMax);
    if (isWanted && hasRoom && !isClosed) {
      isWanted = false;
      lane.execute(subscriber::writable);
    }
    if (messages >= messagesMax && waiting.isEmpty() && !isClosed) {
      client.disconnected(this);
      drop();
    }
    take();
  }

  /** Number and payload, as a wire format has them. */
  private enum SimulatedFormat implements Format {
    INSTANCE;

    private static final int HEAD_BYTES = 16;

    @Override
    public byte[] encode(Publication publication) {
      byte[] payload = publication.payload().bytes();
      return ByteBuffer.allocate(HEAD_BYTES + payload.length)
          .putLong(publication.epoch())
          .putLong(publication.offset())
          .put(payload)
          .array();
    }

    /** Whether these are the bytes that this would be encoded to. */
    static boolean isFrame(byte[] frame, Publication publication) {
      byte[] payload = publication.payload().bytes();
      ByteBuffer head = ByteBuffer.wrap(frame);
      return frame.length == HEAD_BYTES + payload.length
          && head.getLong() == publication.epoch()
          && head.getLong() == publication.offset()
          && Arrays.equals(frame, HEAD_BYTES, frame.length, payload, 0, payload.length);
    }
  }
}
