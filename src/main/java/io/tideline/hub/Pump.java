package io.tideline.hub;

import io.tideline.loop.Lane;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.SlowConsumer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Moves the cursors of one lane. Everything but {@link #wake} happens on the lane.
 *
 * <p>What is to be done (channels with news, pages that came, connections with room again) waits in
 * queues, one entry a channel, cursor or connection, and is worked off in goes of at most {@value
 * #MOVES_MAX} cursors and {@value #FLUSHES_MAX} connections, between which the lane's sockets get
 * their turn. Each go ends with one flush a connection. So a burst is carried by few, large writes,
 * and a single message leaves at once; and while a channel with many subscribers is being served,
 * what was published meanwhile joins the writes that are still to be made.
 */
final class Pump implements Runnable {
  static final int MOVES_MAX = 1024;

  /** A write to a socket costs the kernel 4 to 7 µs, so a go takes less than half a millisecond. */
  static final int FLUSHES_MAX = 64;

  private static final int RUN_MESSAGES_MAX = 1024;
  private static final Duration READ_AGAIN = Duration.ofMillis(500);

  private final Lane lane;
  private final Pages pages;
  private final HubLimits limits;
  private final HubEvents events;
  private final Clock clock;
  private final Runnable beforeEachGo;

  private final Queue<LaneChannel> woken = new ConcurrentLinkedQueue<>();

  /** Channels whose cursors are looked at in turns; twice if news came after a turn began. */
  private final Queue<LaneChannel> turns = new ArrayDeque<>();

  private final AtomicBoolean scheduled = new AtomicBoolean();

  private final Queue<PageArrival> arrivals = new ArrayDeque<>();
  private final Queue<Subscriber> writable = new ArrayDeque<>();
  private final List<Subscriber> unflushed = new ArrayList<>();
  private final List<LaneChannel> withRuns = new ArrayList<>();
  private final List<FrameBatch> runs = new ArrayList<>();

  private int moves;

  /** Connections that were written to before this go began, by subscribing. */
  private int written;

  /** What this go has written, by transport. */
  private final int[] messages = new int[Transport.ALL.size()];

  private final int[] writes = new int[Transport.ALL.size()];

  /** The first publication that this go has written, by delivery. */
  private final Publication[] first = new Publication[Delivery.ALL.size()];

  /** {@code beforeEachGo} may end connections. */
  Pump(
      Lane lane,
      Pages pages,
      HubLimits limits,
      HubEvents events,
      Clock clock,
      Runnable beforeEachGo) {
    this.lane = lane;
    this.clock = clock;
    this.pages = pages;
    this.limits = limits;
    this.events = events;
    this.beforeEachGo = beforeEachGo;
  }

  private record PageArrival(Subscription subscription, Pages.Result result) {}

  Lane lane() {
    return lane;
  }

  /** A channel has news. Any thread. */
  void wake(LaneChannel channel) {
    woken.add(channel);
    schedule();
  }

  /** A connection has room again. */
  void writable(Subscriber subscriber) {
    writable.add(subscriber);
    schedule();
  }

  /** A cursor is new, or may go on. */
  void start(Subscription subscription) {
    subscription.state(Subscription.State.LIVE);
    move(subscription, List.of());
    schedule();
  }

  private void schedule() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      lane.execute(this);
    }
  }

  @Override
  public void run() {
    try {
      beforeEachGo.run();
      moves = 0;
      written = unflushed.size();
      takeArrivals();
      takeWritable();
      takeWoken();
      finish();
    } finally {
      goOnLater();
    }
  }

  private void goOnLater() {
    if (hasMore()) {
      lane.executeAfterSockets(this);
    } else {
      scheduled.set(false);
      if (!woken.isEmpty()) { // since it was looked whether there is more
        schedule();
      }
    }
  }

  private boolean hasMore() {
    return !woken.isEmpty() || !turns.isEmpty() || !arrivals.isEmpty() || !writable.isEmpty();
  }

  /** Whether this go has done its part, of which those who are behind get no more than one half. */
  private boolean isDone(int share) {
    return moves >= MOVES_MAX / share || unflushed.size() - written >= FLUSHES_MAX / share;
  }

  private void takeArrivals() {
    while (!isDone(2) && !arrivals.isEmpty()) {
      PageArrival arrival = arrivals.remove();
      if (arrival.subscription().state() == Subscription.State.READING) {
        arrived(arrival.subscription(), arrival.result());
      }
    }
  }

  private void takeWritable() {
    while (!isDone(2) && !writable.isEmpty()) {
      Subscriber subscriber = writable.remove();
      subscriber.noLongerQueued();
      goOn(subscriber);
    }
  }

  /**
   * One after the other, until one falls behind again: there may be room left then, but not for
   * what comes next, and the connection calls back once more when all has left.
   */
  private void goOn(Subscriber subscriber) {
    Subscription next = subscriber.pollBehind();
    while (next != null) {
      goOn(next, List.of());
      next = next.state() == Subscription.State.BEHIND ? null : subscriber.pollBehind();
    }
  }

  private void takeWoken() {
    for (LaneChannel next = woken.poll(); next != null; next = woken.poll()) {
      turns.add(next);
    }
    while (!isDone(1) && !turns.isEmpty()) {
      LaneChannel channel = turns.remove();
      if (!channel.isBeingLookedAt()) {
        channel.beginLook();
      }
      lookAtSome(channel);
    }
  }

  /** Whatever becomes of one cursor, the others are looked at. */
  private void lookAtSome(LaneChannel channel) {
    try {
      while (!isDone(1) && channel.isBeingLookedAt()) {
        Subscription subscription = channel.lookAtNext();
        if (subscription != null) {
          look(subscription);
        }
      }
    } finally {
      if (channel.isBeingLookedAt()) {
        turns.add(channel);
      }
    }
  }

  private void look(Subscription subscription) {
    switch (subscription.state()) {
      case LIVE -> move(subscription, List.of());
      case BEHIND -> endIfTooSlow(subscription);
      case READING, ENDED -> {}
    }
  }

  private void finish() {
    List<Subscriber> flushed = List.copyOf(unflushed);
    unflushed.clear();
    flushed.forEach(Subscriber::flush);
    withRuns.forEach(LaneChannel::forgetRuns);
    withRuns.clear();
    runs.forEach(FrameBatch::release);
    runs.clear();
    report();
  }

  private void report() {
    for (Transport transport : Transport.ALL) {
      int index = transport.slot();
      if (writes[index] > 0) {
        events.delivered(transport, messages[index], writes[index]);
        messages[index] = 0;
        writes[index] = 0;
      }
    }
    for (Delivery delivery : Delivery.ALL) {
      Publication oldest = first[delivery.slot()];
      if (oldest != null) {
        events.lag(delivery, oldest);
        first[delivery.slot()] = null;
      }
    }
  }

  // --- one cursor

  /** As far as its connection and what is at hand allow. */
  private void move(Subscription subscription, List<EncodedPublication> page) {
    Outlet outlet = subscription.subscriber().outlet();
    moves++;
    while (subscription.state() == Subscription.State.LIVE) {
      ChannelState now = subscription.local().state();
      if (subscription.isOf(now.epoch()) && subscription.next() > now.head()) {
        subscription.reachedHead();
        outlet.caughtUp(subscription);
        return;
      }
      if (!hasRoom(outlet)) {
        fallBehind(subscription);
      } else if (!sendLoss(subscription, now)) {
        step(subscription, now, page, outlet);
      }
    }
  }

  private static boolean hasRoom(Outlet outlet) {
    return outlet.room() > 0 && outlet.roomMessages() > 0;
  }

  private void fallBehind(Subscription subscription) {
    subscription.state(Subscription.State.BEHIND);
    subscription.fellBehind(clock);
    subscription.subscriber().addBehind(subscription);
    if (subscription.wasLive() && !subscription.isSlow()) {
      subscription.slow(true);
      events.slow();
    }
  }

  private boolean sendLoss(Subscription subscription, ChannelState now) {
    LocalChannel local = subscription.local();
    if (!subscription.isOf(now.epoch())) {
      subscription.moveToEpoch(now.epoch(), now.head() + 1);
      Position head = local.isEphemeral() ? null : now.headPosition();
      sendGap(subscription, Gap.ofEpoch(local.channel(), head));
      return true;
    }
    long first = local.isEphemeral() ? firstHeld(subscription, now) : now.first();
    if (subscription.next() >= first) {
      return false;
    }
    Gap gap =
        local.isEphemeral()
            ? Gap.ofEphemeral(local.channel(), first - subscription.next())
            : local.gap(now, subscription.next(), first - 1);
    subscription.moveTo(first);
    sendGap(subscription, gap);
    return true;
  }

  /** The first publication of an ephemeral channel that this subscriber may still get. */
  private static long firstHeld(Subscription subscription, ChannelState now) {
    LocalChannel local = subscription.local();
    boolean missesAll =
        subscription.isSlow() && local.namespace().slowConsumer() == SlowConsumer.DROP_NEWEST;
    return missesAll ? now.head() + 1 : Math.min(local.tailFrom(), now.head() + 1);
  }

  private void sendGap(Subscription subscription, Gap gap) {
    subscription.subscriber().outlet().gap(subscription, gap);
    events.gapTold(gap);
    unflushed(subscription.subscriber());
  }

  private void step(
      Subscription subscription, ChannelState now, List<EncodedPublication> page, Outlet outlet) {
    FrameBatch run = subscription.laneChannel().run(subscription.format());
    if (run == null
        || !run.begins(subscription.epoch(), subscription.next())
        || !fits(run, outlet)
        || (subscription.skipsOwn() && hasOwn(run, subscription))) {
      List<EncodedPublication> entries = entries(subscription, now, page);
      if (entries.isEmpty()) {
        goOnFromLog(subscription, now);
        return;
      }
      if (subscription.isOwn(entries.get(0).publication())) {
        skipOwn(subscription, entries);
        return;
      }
      run = makeRun(subscription, entries, outlet);
    }
    if (run == null) {
      fallBehind(subscription);
    } else if (subscription.isSlow() && run.lastOffset() < now.head() && skips(subscription)) {
      skipToNewest(subscription, now);
    } else {
      write(subscription, run, outlet);
    }
  }

  private static boolean hasOwn(FrameBatch run, Subscription subscription) {
    return run.publications().stream().anyMatch(subscription::isOwn);
  }

  private static void skipOwn(Subscription subscription, List<EncodedPublication> entries) {
    for (EncodedPublication entry : entries) {
      if (!subscription.isOwn(entry.publication())) {
        return;
      }
      subscription.moveTo(entry.offset() + 1);
    }
  }

  private void write(Subscription subscription, FrameBatch run, Outlet outlet) {
    subscription.moveTo(run.lastOffset() + 1);
    outlet.write(subscription, run);
    Subscriber subscriber = subscription.subscriber();
    unflushed(subscriber);
    int transport = subscriber.transport().slot();
    writes[transport]++;
    messages[transport] += run.frames().length;
    int delivery = subscription.delivery().slot();
    if (first[delivery] == null) {
      first[delivery] = run.publications().get(0);
    }
  }

  private void unflushed(Subscriber subscriber) {
    if (subscriber.markUnflushed()) {
      unflushed.add(subscriber);
    }
  }

  // --- what comes next

  private static List<EncodedPublication> entries(
      Subscription subscription, ChannelState now, List<EncodedPublication> page) {
    List<EncodedPublication> entries =
        subscription.local().entries(subscription.next(), now, RUN_MESSAGES_MAX);
    return entries.isEmpty() ? from(page, subscription) : entries;
  }

  /** The part of the page that comes next; empty if it has none. */
  private static List<EncodedPublication> from(
      List<EncodedPublication> page, Subscription subscription) {
    if (page.isEmpty() || page.get(0).publication().epoch() != subscription.epoch()) {
      return List.of();
    }
    long index = subscription.next() - page.get(0).offset();
    return index < 0 || index >= page.size() ? List.of() : page.subList((int) index, page.size());
  }

  /**
   * A run that others can share if this connection can take a whole one, else one that it can take;
   * null if it can take none.
   */
  private FrameBatch makeRun(
      Subscription subscription, List<EncodedPublication> entries, Outlet outlet) {
    int others = subscription.skipsOwn() ? others(subscription, entries) : entries.size();
    boolean whole =
        others == entries.size() && outlet.isDrained() && outlet.roomMessages() >= RUN_MESSAGES_MAX;
    int bytesMax = whole ? limits.outgoingBytesMax() : outlet.room();
    Format format = subscription.format();
    int messagesMax = Math.min(outlet.roomMessages(), others);
    byte[][] frames = new byte[messagesMax][];
    long bytes = 0;
    int count = 0;
    while (count < messagesMax) {
      byte[] frame = entries.get(count).frame(format);
      bytes += frame.length + outlet.overheadBytes();
      if (bytes > bytesMax && !(count == 0 && outlet.isDrained())) {
        break;
      }
      frames[count++] = frame;
    }
    if (count == 0) {
      return null;
    }
    FrameBatch run =
        new FrameBatch(format, publications(entries, count), Arrays.copyOf(frames, count));
    runs.add(run);
    if (whole) {
      if (subscription.laneChannel().run(run)) {
        withRuns.add(subscription.laneChannel());
      }
    }
    return run;
  }

  /** How many there are before the first one that is the subscription's own. */
  private static int others(Subscription subscription, List<EncodedPublication> entries) {
    int count = 0;
    while (count < entries.size() && !subscription.isOwn(entries.get(count).publication())) {
      count++;
    }
    return count;
  }

  private static List<Publication> publications(List<EncodedPublication> entries, int count) {
    Publication[] publications = new Publication[count];
    for (int i = 0; i < count; i++) {
      publications[i] = entries.get(i).publication();
    }
    return List.of(publications);
  }

  private static boolean fits(FrameBatch run, Outlet outlet) {
    if (run.frames().length == 1 && outlet.isDrained()) {
      return true;
    }
    return run.frames().length <= outlet.roomMessages()
        && run.bytes() + (long) run.frames().length * outlet.overheadBytes() <= outlet.room();
  }

  // --- behind the tail

  private void goOnFromLog(Subscription subscription, ChannelState now) {
    if (subscription.local().isEphemeral()) {
      return; // the tail moved on between two looks at it: the next look tells the loss
    }
    if (subscription.isSlow() && skips(subscription)) {
      skipToNewest(subscription, now);
    } else if (!endIfTooSlow(subscription)) {
      subscription.state(Subscription.State.READING);
      subscription.fellBehind(clock);
      pages.read(
          subscription.channel(),
          subscription.epoch(),
          subscription.next(),
          lane,
          result -> {
            arrivals.add(new PageArrival(subscription, result));
            schedule();
          });
    }
  }

  private void arrived(Subscription subscription, Pages.Result result) {
    if (result instanceof Pages.Result.Failed failed) {
      subscription.subscriber().outlet().stalled(subscription, failed.why());
      readAgainSoon(subscription);
      return;
    }
    Pages.Result.Found found = (Pages.Result.Found) result;
    if (from(found.entries(), subscription).isEmpty()) {
      notFound(subscription, found.state());
    } else {
      goOn(subscription, found.entries());
    }
  }

  /** Its outlet may have ended it, as it was told of a gap. */
  private void goOn(Subscription subscription, List<EncodedPublication> page) {
    if (subscription.state() == Subscription.State.ENDED) {
      return;
    }
    subscription.state(Subscription.State.LIVE);
    move(subscription, page);
  }

  /** The log hasn't what comes next; its state says why. */
  private void notFound(Subscription subscription, ChannelState read) {
    LocalChannel local = subscription.local();
    local.home().run(() -> local.update(read, List.of()));
    if (!subscription.isOf(local.state().epoch())) {
      goOn(subscription, List.of());
    } else if (read.epoch() != subscription.epoch() || read.first() <= subscription.next()) {
      readAgainSoon(subscription);
    } else if (hasRoom(subscription.subscriber().outlet())) {
      long next = subscription.next();
      subscription.moveTo(read.first());
      sendGap(subscription, local.gap(read, next, read.first() - 1));
      goOn(subscription, List.of());
    } else {
      fallBehind(subscription);
    }
  }

  private void readAgainSoon(Subscription subscription) {
    lane.schedule(
        READ_AGAIN,
        () -> {
          if (subscription.state() == Subscription.State.READING) {
            start(subscription);
          }
        });
  }

  // --- policies

  private static boolean skips(Subscription subscription) {
    return subscription.local().namespace().slowConsumer() == SlowConsumer.LATEST;
  }

  /** The newest publication comes next, what lies before it is told. */
  private void skipToNewest(Subscription subscription, ChannelState now) {
    long from = subscription.next();
    subscription.slow(false);
    if (from < now.head()) {
      subscription.moveTo(now.head());
      sendGap(
          subscription,
          Gap.of(subscription.channel(), now.epoch(), from, now.head() - 1, Gap.Reason.SKIPPED));
    }
  }

  private boolean endIfTooSlow(Subscription subscription) {
    boolean tooSlow =
        subscription.isSlow()
            && subscription.local().namespace().slowConsumer() == SlowConsumer.DISCONNECT
            && subscription.local().tailFrom() > subscription.next();
    if (tooSlow) {
      subscription.subscriber().disconnect(Disconnect.SLOW);
    }
    return tooSlow;
  }
}
