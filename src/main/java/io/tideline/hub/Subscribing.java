package io.tideline.hub;

import io.tideline.access.Grant;
import io.tideline.hub.SubscribeOutcome.Resumption;
import io.tideline.loop.Lane;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A subscription on its way: the channel's state must be known, and the start must become an
 * offset. On the connection's lane only.
 */
final class Subscribing {
  private static final int OLD_READS_MAX = 3;

  /** For half a second, as long as one waits for 20 ms. */
  private static final int OLD_LOOKS_MAX = 25;

  private final Hub hub;
  private final Log log;
  private final Subscriber subscriber;
  private final Grant grant;
  private final LocalChannel local;
  private final Start start;
  private final SubscribeOptions options;
  private final Consumer<SubscribeOutcome> reply;

  /**
   * Where positions are looked up, the same for all.
   *
   * @param nanoTime as {@link System#nanoTime()}
   */
  record Log(
      History history,
      ChannelStateReader states,
      PauseDetector standstill,
      Duration holeWait,
      LongSupplier nanoTime) {}

  Subscribing(
      Hub hub,
      Log log,
      Subscriber subscriber,
      Grant grant,
      LocalChannel local,
      Start start,
      SubscribeOptions options,
      Consumer<SubscribeOutcome> reply) {
    this.hub = hub;
    this.log = log;
    this.subscriber = subscriber;
    this.grant = grant;
    this.local = local;
    this.start = start;
    this.options = options;
    this.reply = reply;
  }

  void begin() {
    ChannelState state = local.state();
    if (state == null || isNews(state)) {
      log.states().read(local, read -> onLane(() -> stateRead(read)));
    } else if (isOld()) {
      readAnew(state, OLD_READS_MAX);
    } else {
      place(state);
    }
  }

  /**
   * The connections may have died while this node stood still, so a read that fails is repeated.
   * What is known is better than nothing, where the log can't be asked.
   */
  private void readAnew(ChannelState known, int tries) {
    log.states()
        .read(
            local,
            read ->
                onLane(
                    () -> {
                      if (read.isPresent()) {
                        placeOnceKnown(read.get(), OLD_LOOKS_MAX);
                      } else if (tries == 1) {
                        place(known);
                      } else {
                        readAnew(known, tries - 1);
                      }
                    }));
  }

  private boolean isOld() {
    int lane = subscriber.pump().lane().index();
    return !local.isEphemeral() && log.standstill().isBehind(lane, log.nanoTime().getAsLong());
  }

  /** The channel here waits a moment for what may still come, before it reads it itself. */
  private void placeOnceKnown(ChannelState read, int looks) {
    if (looks == 0
        || read.epoch() != local.state().epoch()
        || read.head() <= local.state().head()) {
      place(read);
    } else {
      Lane lane = subscriber.pump().lane();
      lane.schedule(log.holeWait(), () -> onLane(() -> placeOnceKnown(read, looks - 1)));
    }
  }

  /** A position that this node hasn't heard of yet may still be good: the log knows. */
  private boolean isNews(ChannelState state) {
    return !local.isEphemeral()
        && ((start instanceof Start.After after && !reaches(state, after.position()))
            || (start instanceof Start.Resume resume && !reaches(state, resume.in(state.epoch()))));
  }

  private static boolean reaches(ChannelState state, Position position) {
    return state.epoch() == position.epoch() && state.head() >= position.offset();
  }

  private void stateRead(Optional<ChannelState> read) {
    if (read.isPresent()) {
      place(read.get());
    } else {
      refuse();
    }
  }

  /**
   * Places the cursor.
   *
   * @param known what the log said, or what is known here without asking it; the channel here may
   *     be behind it, or ahead
   */
  private void place(ChannelState known) {
    if (start instanceof Start.Since since && !local.isEphemeral()) {
      log.history()
          .offsetSince(local.channel(), since.time())
          .subscribe()
          .with(
              offset -> onLane(() -> open(known.epoch(), offset, Resumption.NONE)),
              failure -> onLane(this::refuse));
    } else if (start instanceof Start.After after && !local.isEphemeral()) {
      Position position = after.position();
      open(position.epoch(), position.offset() + 1, worth(position, known));
    } else if (start instanceof Start.Resume resume && !local.isEphemeral()) {
      Position position = resume.in(known.epoch());
      resume(resume, position, worth(position, known));
    } else {
      ChannelState state = local.state();
      boolean namesPosition = start instanceof Start.After;
      Resumption resumption = namesPosition ? Resumption.FOREIGN : Resumption.NONE;
      open(state.epoch(), next(state), resumption);
    }
  }

  private void resume(Start.Resume resume, Position position, Resumption worth) {
    if (worth == Resumption.COMPLETE) {
      open(position.epoch(), position.offset() + 1, worth);
    } else if (resume.isStrict()) {
      refuse(new SubscribeOutcome.NotResumed());
    } else {
      open(local.state().epoch(), local.state().head() + 1, worth);
    }
  }

  private Resumption worth(Position position, ChannelState known) {
    if (!reaches(known, position) && !reaches(local.state(), position)) {
      return Resumption.FOREIGN;
    }
    return hasPurged(known, position) || hasPurged(local.state(), position)
        ? Resumption.PURGED
        : Resumption.COMPLETE;
  }

  private static boolean hasPurged(ChannelState state, Position position) {
    return state.epoch() == position.epoch() && state.first() > position.offset() + 1;
  }

  private long next(ChannelState state) {
    if (local.isEphemeral()) {
      return state.head() + 1;
    }
    if (start instanceof Start.Earliest) {
      return state.first();
    }
    if (start instanceof Start.Last last) {
      return Math.max(state.first(), state.head() + 1 - last.count());
    }
    return state.head() + 1;
  }

  private void open(long epoch, long next, Resumption resumption) {
    subscriber.answered();
    if (subscriber.subscription(local.channel()) != null) {
      hub.channels().release(local);
      reply.accept(new SubscribeOutcome.AlreadySubscribed());
      return;
    }
    boolean isForeign = resumption == Resumption.FOREIGN && start instanceof Start.After;
    Subscription subscription =
        new Subscription(subscriber, laneChannel(), options, epoch, next, isForeign);
    hub.begin(subscription, grant, options);
    reply.accept(
        new SubscribeOutcome.Subscribed(subscription, subscription.position(), resumption));
    if (subscription.state() != Subscription.State.ENDED) {
      subscriber.pump().start(subscription);
    }
  }

  private LaneChannel laneChannel() {
    int lane = subscriber.pump().lane().index();
    LaneChannel laneChannel = local.onLane(lane);
    if (laneChannel == null) {
      laneChannel = new LaneChannel(local, subscriber.pump());
      local.onLane(lane, laneChannel);
    }
    return laneChannel;
  }

  private void refuse() {
    refuse(new SubscribeOutcome.Unavailable());
  }

  private void refuse(SubscribeOutcome why) {
    subscriber.answered();
    hub.channels().release(local);
    reply.accept(why);
  }

  private void onLane(Runnable task) {
    subscriber
        .pump()
        .lane()
        .run(
            () -> {
              if (subscriber.isClosed()) {
                hub.channels().release(local);
              } else {
                task.run();
              }
            });
  }
}
