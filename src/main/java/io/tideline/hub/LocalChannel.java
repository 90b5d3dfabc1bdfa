package io.tideline.hub;

import io.tideline.loop.Lane;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Namespace;
import io.tideline.stream.Page;
import io.tideline.stream.Publication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What this node knows of a channel: its state and its tail. News comes in through one door, in any
 * order and any number of times, from this node's publisher, from other nodes, from the sweep; what
 * leaves it is dense and ascending.
 *
 * <p>Written on the home lane only. {@link #state()} and {@link #entries} may be read from any
 * thread: an offset up to the state's head is in the tail, or has been dropped from it and is in
 * the log.
 *
 * <pre>
 * UNKNOWN   the state has not been read yet                begin: FOLLOWED   news: OVERTAKEN
 * OVERTAKEN likewise, and news came meanwhile              begin: FOLLOWED, and it is read once more
 * FOLLOWED  the state is known and the tail ends at it     predecessors missing: WAITING or READING
 * WAITING   what is missing may be on its way              after {@code holeWait}: FOLLOWED, or READING
 * READING   what is missing is being read from the log     with the answer: FOLLOWED; if it failed: WAITING
 * FORGOTTEN nobody here uses it any more                   for good, from any other
 * </pre>
 */
final class LocalChannel {
  private enum Phase {
    UNKNOWN,
    OVERTAKEN,
    FOLLOWED,
    WAITING,
    READING,
    FORGOTTEN
  }

  private static final int EARLY_MAX = History.PAGE_MESSAGES_MAX;
  private static final int CROWDED_TAIL_ENTRIES = 16;
  private static final Duration READ_AGAIN = Duration.ofMillis(250);

  private final Channel channel;
  private final Namespace namespace;
  private final Lane home;
  private final History history;
  private final ChannelStateReader states;
  private final HubLimits limits;
  private final HubEvents events;
  private final TailBudget budget;
  private final AtomicReferenceArray<LaneChannel> subscribedLanes;
  private final Tail tail;

  private volatile ChannelState state;

  /** How often the log has begun for this node: first, and with each new epoch. */
  private final AtomicInteger incarnation = new AtomicInteger();

  /** Came before its predecessors; home lane. */
  private final TreeMap<Long, Publication> early = new TreeMap<>();

  /** The highest offset known to be committed; home lane. */
  private long announced;

  private Phase phase = Phase.UNKNOWN;

  /** Whether the log will be asked once more where it stands, whatever the phase. */
  private boolean compareTimed;

  /** Connections that use this channel; guarded by the registry's map. */
  int users;

  /**
   * When {@link #users} became 0, in nanoseconds of {@code System.nanoTime()}; guarded likewise.
   */
  long idleSinceNanos;

  LocalChannel(
      Channel channel,
      Namespace namespace,
      Lane home,
      int lanes,
      History history,
      ChannelStateReader states,
      HubLimits limits,
      HubEvents events,
      TailBudget budget) {
    this.channel = channel;
    this.namespace = namespace;
    this.home = home;
    this.history = history;
    this.states = states;
    this.limits = limits;
    this.events = events;
    this.budget = budget;
    this.subscribedLanes = new AtomicReferenceArray<>(lanes);
    this.tail = new Tail(0);
    if (namespace.isEphemeral()) {
      state = ChannelState.unused(channel, Publication.EPHEMERAL_EPOCH);
      phase = Phase.FOLLOWED;
    }
  }

  /** Home lane. */
  private void become(Phase next) {
    if (phase != Phase.FORGOTTEN) {
      phase = next;
    }
  }

  private boolean isForgotten() {
    return phase == Phase.FORGOTTEN;
  }

  Channel channel() {
    return channel;
  }

  Namespace namespace() {
    return namespace;
  }

  Lane home() {
    return home;
  }

  boolean isEphemeral() {
    return namespace.isEphemeral();
  }

  /** Null while it is not known. */
  ChannelState state() {
    return state;
  }

  int incarnation() {
    return incarnation.get();
  }

  /** The oldest offset in the tail. */
  long tailFrom() {
    return tail.from();
  }

  LaneChannel onLane(int lane) {
    return subscribedLanes.get(lane);
  }

  void onLane(int lane, LaneChannel laneChannel) {
    subscribedLanes.set(lane, laneChannel);
  }

  int subscribers() {
    int sum = 0;
    for (int i = 0; i < subscribedLanes.length(); i++) {
      LaneChannel laneChannel = subscribedLanes.get(i);
      sum += laneChannel == null ? 0 : laneChannel.size();
    }
    return sum;
  }

  // --- news, on the home lane

  /** An ephemeral publication: it gets this node's next number. */
  void take(Publication publication) {
    if (isForgotten()) {
      return;
    }
    long offset = state.head() + 1;
    append(new EncodedPublication(publication.at(offset)));
    trim();
    state = new ChannelState(channel, Publication.EPHEMERAL_EPOCH, offset, 1, 0);
    wake();
  }

  /**
   * What the log said when it was asked.
   *
   * @param askedIn {@link #incarnation()} before it was asked
   * @return false if it speaks of another epoch, but was asked before this one was known, so that
   *     it may be the older of the two: it must be asked again
   */
  boolean read(ChannelState now, int askedIn) {
    if (state == null || now.epoch() != state.epoch()) {
      if (askedIn != incarnation()) {
        return false;
      }
      begin(now);
    }
    learn(now, List.of());
    return true;
  }

  /**
   * What someone says was committed, at any time and in any epoch. {@code now.first()} is a lower
   * bound. Epochs have no order, so one that isn't the known one is believed to the log only.
   */
  void update(ChannelState now, List<Publication> publications) {
    if (state == null) {
      become(Phase.OVERTAKEN);
    } else if (now.epoch() != state.epoch()) {
      compare();
    } else {
      learn(now, publications);
    }
  }

  /** Asks the log where it stands, until it answers. Any thread. */
  void compare() {
    states.read(this, read -> compareAgainUnless(read.isPresent()));
  }

  private void compareAgainUnless(boolean isCompared) {
    if (!isCompared && !compareTimed && !isForgotten()) {
      compareTimed = true;
      home.schedule(
          READ_AGAIN,
          () -> {
            compareTimed = false;
            compare();
          });
    }
  }

  /** The tail is emptied first: whoever sees the new state must not find entries of the old one. */
  private void begin(ChannelState now) {
    incarnation.incrementAndGet();
    early.clear();
    announced = now.head();
    budget.add(-tail.bytes());
    tail.reset(now.head());
    boolean isOvertaken = phase == Phase.OVERTAKEN;
    if (isOvertaken || phase == Phase.UNKNOWN) {
      become(Phase.FOLLOWED);
    }
    state = now;
    wake();
    if (isOvertaken) {
      compare();
    }
  }

  private void learn(ChannelState now, List<Publication> publications) {
    if (isForgotten()) {
      return;
    }
    announced = Math.max(announced, now.head());
    long head = state.head();
    for (Publication publication : publications) {
      head = accept(publication, head);
    }
    head = acceptEarly(head);
    long first = Math.max(state.first(), now.first());
    moved(head, Math.min(first, head + 1), Math.max(state.purgedThrough(), now.purgedThrough()));
    if (state.head() < announced) {
      waitForPredecessors(publications.isEmpty() ? Duration.ZERO : limits.holeWait());
    }
  }

  private long accept(Publication publication, long head) {
    if (publication.offset() <= head || publication.epoch() != state.epoch()) {
      return head;
    }
    if (publication.offset() > head + 1) {
      hold(publication);
      return head;
    }
    append(new EncodedPublication(publication));
    return publication.offset();
  }

  private void append(EncodedPublication entry) {
    tail.append(entry);
    budget.add(entry.bytes());
  }

  private long acceptEarly(long head) {
    long reached = head;
    while (!early.isEmpty() && early.firstKey() <= reached + 1) {
      reached = accept(early.pollFirstEntry().getValue(), reached);
    }
    return reached;
  }

  private void hold(Publication publication) {
    announced = Math.max(announced, publication.offset());
    if (early.size() < EARLY_MAX) {
      early.put(publication.offset(), publication);
    }
  }

  private void moved(long head, long first, long purgedThrough) {
    ChannelState before = state;
    if (head == before.head()
        && first == before.first()
        && purgedThrough <= before.purgedThrough()) {
      return;
    }
    if (first > before.first()) {
      int held = tail.bytes();
      tail.dropThrough(first - 1);
      budget.add(tail.bytes() - held);
    }
    trim();
    state =
        new ChannelState(channel, before.epoch(), head, first, Math.min(purgedThrough, first - 1));
    wake();
  }

  private void trim() {
    int held = tail.bytes();
    int entries =
        budget.isSpent()
            ? Math.min(CROWDED_TAIL_ENTRIES, limits.tailEntriesMax())
            : limits.tailEntriesMax();
    tail.trim(entries, limits.tailBytesMax());
    budget.add(tail.bytes() - held);
  }

  /** This channel is no longer followed here; what still comes for it changes nothing. */
  void forget() {
    become(Phase.FORGOTTEN);
    budget.add(-tail.bytes());
    tail.reset(state == null ? 0 : state.head());
  }

  private void wake() {
    for (int i = 0; i < subscribedLanes.length(); i++) {
      LaneChannel laneChannel = subscribedLanes.get(i);
      if (laneChannel != null) {
        laneChannel.wake();
      }
    }
  }

  // --- holes, on the home lane

  private void waitForPredecessors(Duration wait) {
    if (phase != Phase.FOLLOWED) {
      return;
    }
    if (wait.isZero()) {
      readHole();
      return;
    }
    become(Phase.WAITING);
    home.schedule(wait, this::waited);
  }

  private void waited() {
    become(Phase.FOLLOWED);
    if (!isForgotten() && state.head() < announced) {
      readHole();
    }
  }

  private void readHole() {
    if (announced - state.head() > History.PAGE_MESSAGES_MAX) {
      jump();
      return;
    }
    become(Phase.READING);
    events.holeRead();
    long wanted = announced;
    int askedIn = incarnation();
    history
        .read(channel, state.head() + 1, wanted)
        .subscribe()
        .with(
            page -> home.run(() -> holeRead(page, wanted, askedIn)),
            failure -> home.run(() -> holeNotRead(failure)));
  }

  private void holeRead(Page page, long wanted, int askedIn) {
    if (isForgotten()) {
      return;
    }
    become(Phase.FOLLOWED);
    if (page.state().epoch() != state.epoch()) {
      compare();
      return;
    }
    if (askedIn != incarnation()) {
      // What was wanted then is none of what is missing now.
      learn(page.state(), List.of());
      return;
    }
    if (announced == wanted && page.state().head() < wanted) {
      forgetAnnounced(page.state().head());
    }
    boolean retained = !page.isEmpty() && page.firstOffset() <= state.head() + 1;
    if (!retained && announced > state.head()) {
      jump();
    }
    learn(page.state(), page.publications());
  }

  /** What was announced beyond the head of the log isn't there, and nobody repeated it. */
  private void forgetAnnounced(long head) {
    announced = Math.max(state.head(), head);
    early.tailMap(announced, false).clear();
  }

  private void holeNotRead(Throwable failure) {
    become(Phase.FOLLOWED);
    if (failure instanceof HistoryException) {
      waitForPredecessors(READ_AGAIN);
    } else {
      throw new IllegalStateException("reading " + channel + " failed", failure);
    }
  }

  /** Too much is missing to hold it here: cursors read it as pages. */
  private void jump() {
    long head = announced;
    budget.add(-tail.bytes());
    tail.reset(head);
    early.headMap(head, true).clear();
    moved(acceptEarly(head), state.first(), state.purgedThrough());
  }

  /** What the reader of {@code from} to {@code to} must be told. */
  Gap gap(ChannelState now, long from, long to) {
    return Gap.of(channel, now.epoch(), from, to, now.reasonOf(to));
  }

  /**
   * The consecutive entries from {@code offset} to the head that the tail still holds, at most
   * {@code max}.
   */
  List<EncodedPublication> entries(long offset, ChannelState now, int max) {
    List<EncodedPublication> entries = new ArrayList<>();
    for (long next = offset; next <= now.head() && entries.size() < max; next++) {
      EncodedPublication entry = tail.get(next);
      if (entry == null || entry.publication().epoch() != now.epoch()) {
        break;
      }
      entries.add(entry);
    }
    return entries;
  }
}
