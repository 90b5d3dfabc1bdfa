package io.tideline.simulation;

import io.tideline.access.Action;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Format;
import io.tideline.hub.Outlet;
import io.tideline.hub.Run;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.nio.ByteBuffer;
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
  private long tags;
  private boolean isWanted;
  private boolean isTaking;
  private boolean isStalled;
  private boolean isClosed;

  private record Item(int bytes, Runnable arrive) {}

  Connection(World world, SimulatedNode node, Client client) {
    this.world = world;
    this.random = world.random();
    this.node = node;
    this.lane = node.lanes().get(random.nextInt(node.lanes().size()));
    this.client = client;
    this.roomMax = world.scale().limits().outgoingBytesMax();
    this.overhead = random.nextInt(3) * 5;
    this.takeMicrosMax = 100 << random.nextInt(12);
    this.isEager = random.nextBoolean();
    this.messagesMax = random.nextInt(4) == 0 ? 1 + random.nextInt(10) : Integer.MAX_VALUE;
    lane.execute(() -> subscriber = node.hub().connect(lane, this, World.SOMEONE));
  }

  SimulatedNode node() {
    return node;
  }

  boolean isOpen() {
    return !isClosed;
  }

  // --- what the client does

  void subscribe(Channel channel, Start start) {
    lane.execute(
        () -> {
          if (!isClosed) {
            subscriber.subscribe(
                world.grant(Action.SUBSCRIBE, channel),
                start,
                ++tags,
                outcome -> replied(channel, outcome));
          }
        });
  }

  void unsubscribe(Channel channel) {
    lane.execute(
        () -> {
          if (!isClosed && subscriber.unsubscribe(channel)) {
            say(() -> client.left(channel));
          }
        });
  }

  /** The client, or the network, ends it: what is on the way is lost. */
  void drop() {
    isClosed = true;
    waiting.clear();
    lane.execute(() -> subscriber.closed());
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
  public void write(Subscription subscription, Run run) {
    if (isClosed) {
      return;
    }
    checkLive(subscription);
    int count = run.frames().length;
    int bytes = run.bytes() + count * overhead;
    Violation.unless(
        waitingBytes + bytes <= roomMax || (count == 1 && waitingBytes == 0),
        "%s: %d bytes are added to %d of %d",
        client,
        bytes,
        waitingBytes,
        roomMax);
    Violation.unless(count <= roomMessages(), "%s: %d messages are too many", client, count);
    messages += messagesMax == Integer.MAX_VALUE ? 0 : count;
    waitingBytes += bytes;
    for (int i = 0; i < count; i++) {
      Publication publication = run.publications().get(i);
      byte[] frame = run.frames()[i];
      Violation.unless(
          Arrays.equals(frame, format().encode(publication)), "not the frame of %s", publication);
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
                run.firstOffset(),
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
    Violation.unless(lane.isCurrent(), "%s: touched off its lane", client);
    Violation.unless(
        subscriber.subscription(subscription.channel()) == subscription,
        "%s: %s is not subscribed any more",
        client,
        subscription.channel());
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

  /** What was written before may still arrive; then the client comes back. */
  @Override
  public void close(Disconnect why) {
    world.trace(() -> client + " " + node.name() + " closed: " + why);
    Violation.unless(why == Disconnect.SLOW, "%s: closed for %s", client, why);
    isClosed = true;
    if (random.nextBoolean()) {
      waiting.clear();
    }
    waiting.add(new Item(0, () -> client.disconnected(this)));
    flush();
    if (random.nextBoolean()) {
      subscriber.closed();
    } else {
      lane.execute(subscriber::closed);
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

    @Override
    public int slot() {
      return 0;
    }

    @Override
    public byte[] encode(Publication publication) {
      byte[] payload = publication.payload().bytes();
      return ByteBuffer.allocate(16 + payload.length)
          .putLong(publication.epoch())
          .putLong(publication.offset())
          .put(payload)
          .array();
    }
  }
}
