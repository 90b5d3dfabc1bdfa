package io.tideline.hub;

import io.tideline.access.AccessPolicy;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.Lane;
import io.tideline.loop.ManualLane;
import io.tideline.presence.LocalPresence;
import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.Durability;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Message;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Retention;
import io.tideline.stream.SlowConsumer;
import io.tideline.stream.Start;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** The live side of one node on lanes that tests run by hand, over a log in memory. */
final class HubNode {
  static final Channel CATCH_UP = new Channel("catch:1");
  static final Channel LATEST = new Channel("latest:1");
  static final Channel DISCONNECT = new Channel("disconnect:1");
  static final Channel EPHEMERAL = new Channel("ephemeral:1");
  static final Channel PRESENT = new Channel("present:1");
  static final Channel DROP_NEWEST = new Channel("newest:1");

  private static final Retention RETENTION = new Retention(Duration.ofDays(1), 1_000_000);
  private static final Set<String> ALL = Set.of("*");
  static final Identity SOMEONE =
      new Identity(
          "someone",
          null,
          Instant.MIN,
          Instant.MAX,
          Rights.of(
              Map.of(Action.SUBSCRIBE, ALL, Action.PUBLISH, ALL, Action.ADMIN, ALL), "someone"));

  static final Namespaces NAMESPACES =
      new Namespaces(
          Map.of(
              Channel.DEFAULT_NAMESPACE,
              namespace(Channel.DEFAULT_NAMESPACE, SlowConsumer.CATCH_UP),
              "latest",
              namespace("latest", SlowConsumer.LATEST),
              "disconnect",
              namespace("disconnect", SlowConsumer.DISCONNECT),
              "ephemeral",
              namespace("ephemeral", SlowConsumer.DROP_OLDEST),
              "newest",
              namespace("newest", SlowConsumer.DROP_NEWEST),
              "present",
              new Namespace(
                  "present",
                  Durability.DURABLE,
                  RETENTION,
                  SlowConsumer.CATCH_UP,
                  false,
                  false,
                  true)));

  final List<ManualLane> lanes;
  final MemoryHistory log = new MemoryHistory(Clock.systemUTC(), Duration.ofHours(24));
  final List<Announcement> announced = new ArrayList<>();
  final LocalPresence attendance;
  final Hub hub;
  final Publisher publisher;

  HubNode(int lanes, HubLimits limits) {
    this(lanes, limits, System::nanoTime);
  }

  HubNode(int lanes, HubLimits limits, LongSupplier nanoTime) {
    this(lanes, limits, HubEvents.NONE, nanoTime);
  }

  HubNode(int lanes, HubLimits limits, HubEvents events, LongSupplier nanoTime) {
    this.lanes = IntStream.range(0, lanes).mapToObj(ManualLane::new).toList();
    this.attendance = new LocalPresence(Duration.ZERO, nanoTime);
    this.hub =
        new Hub(
            this.lanes, log, attendance, NAMESPACES, limits, events, Clock.systemUTC(), nanoTime);
    this.publisher =
        new Publisher(
            hub,
            this.lanes,
            log,
            announced::add,
            NAMESPACES,
            limits,
            events,
            Clock.systemUTC(),
            "node");
  }

  HubNode() {
    this(1, ProductDefaults.hubLimits());
  }

  static HubLimits limits(int tailEntriesMax) {
    HubLimits defaults = ProductDefaults.hubLimits();
    return new HubLimits(
        defaults.subscriptionsMax(),
        defaults.outgoingBytesMax(),
        tailEntriesMax,
        defaults.tailBytesMax(),
        defaults.tailsBytesMax(),
        defaults.pageCacheBytesMax(),
        defaults.idleChannelsMax(),
        defaults.queueMessagesMax(),
        defaults.queueBytesMax(),
        defaults.holeWait());
  }

  private static Namespace namespace(String name, SlowConsumer slowConsumer) {
    Durability durability =
        slowConsumer.isForEphemeral() ? Durability.EPHEMERAL : Durability.DURABLE;
    return new Namespace(name, durability, RETENTION, slowConsumer, false, false);
  }

  static Grant grant(Action action, Channel channel) {
    AccessPolicy policy = new AccessPolicy(NAMESPACES, Clock.systemUTC());
    return ((AccessPolicy.Decision.Granted) policy.decide(SOMEONE, action, channel)).grant();
  }

  static Message message(Channel channel, String text) {
    return Message.of(channel, RecordingOutlet.payload(text));
  }

  static Publisher.Item item(Message message) {
    return new Publisher.Item(grant(Action.PUBLISH, message.channel()), message);
  }

  /** Runs all lanes until none has anything to do. */
  void runAll() {
    while (lanes.stream().anyMatch(lane -> lane.waiting() > 0)) {
      lanes.forEach(ManualLane::runAll);
    }
  }

  void pass(Duration time) {
    lanes.forEach(lane -> lane.pass(time));
    runAll();
  }

  Subscriber connect(int lane, Outlet outlet) {
    AtomicReference<Subscriber> subscriber = new AtomicReference<>();
    ManualLane on = lanes.get(lane);
    on.does(() -> subscriber.set(hub.connect(on, outlet, SOMEONE)));
    return subscriber.get();
  }

  Subscriber connect(Outlet outlet) {
    return connect(0, outlet);
  }

  /** The reply, if it came at once. */
  SubscribeOutcome subscribe(Subscriber subscriber, Channel channel, Start start) {
    return subscribe(subscriber, channel, start, SubscribeOptions.NONE);
  }

  SubscribeOutcome subscribe(
      Subscriber subscriber, Channel channel, Start start, SubscribeOptions options) {
    AtomicReference<SubscribeOutcome> reply = new AtomicReference<>();
    Lane lane = subscriber.pump().lane();
    lane.execute(
        () -> subscriber.subscribe(grant(Action.SUBSCRIBE, channel), start, options, reply::set));
    runAll();
    return reply.get();
  }

  /** Stores or passes the texts, each for itself in one batch. */
  List<PublishOutcome> publish(Channel channel, String... texts) {
    AtomicReference<List<PublishOutcome>> outcomes = beginPublish(channel, texts);
    runAll();
    return outcomes.get();
  }

  /** What comes of it is there when the lanes have run. */
  AtomicReference<List<PublishOutcome>> beginPublish(Channel channel, String... texts) {
    List<Publisher.Item> items =
        List.of(texts).stream().map(text -> item(message(channel, text))).toList();
    AtomicReference<List<PublishOutcome>> outcomes = new AtomicReference<>();
    publisher.publishEach(PublishSource.BATCH, items).subscribe().with(outcomes::set);
    return outcomes;
  }
}
