package io.tideline.bridge;

import io.smallrye.mutiny.Uni;
import io.tideline.limit.Backoff;
import io.tideline.limit.OnceInAWhile;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.History.Range;
import io.tideline.stream.Page;
import io.tideline.stream.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/**
 * Carries channels to one receiver, turn by turn, as long as it is this node's duty: looks which
 * channels are behind, reads what follows their cursors, sends it, and moves the cursors over what
 * was confirmed.
 *
 * <p>Of a channel one record is under way at a time, so a failed one is never overtaken by its
 * successor. What fails is forgotten and read again later, as is what would follow a record that
 * outlasts its turn: nothing waits in memory but names and the records under way.
 *
 * <p>A channel that waits or fails holds up no other, as long as there are places in flight.
 *
 * <p>Turns never overlap; their fields are touched by them alone.
 */
final class OutboundBridge {
  static final Duration POLL = Duration.ofMillis(200);
  static final int MESSAGES_A_TURN = 64;

  /** How long a turn waits for the broker: what is under way then is left to later ones. */
  static final Duration TURN = Duration.ofSeconds(1);

  private static final Logger LOG = Logger.getLogger(OutboundBridge.class);
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final Duration COMPLAINT_PAUSE = Duration.ofMinutes(1);
  private static final Duration PAUSE_MIN = Duration.ofMillis(200);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);

  private final String name;
  private final int inFlightMax;
  private final LeaderLease duty;
  private final Backlog backlog;
  private final BridgeCursors cursors;
  private final Function<List<Range>, Uni<List<Page>>> readAll;
  private final ConnectorSink outgoing;
  private final BiConsumer<Duration, Runnable> later;
  private final OutboundMeters meters;

  /** Also those of earlier terms, so that no channel is sent twice at once. */
  private final Map<Channel, ChannelTransfer> underWay = new HashMap<>();

  private final Retries retries;
  private long term;
  private final Backoff backoff = Backoff.exactly(PAUSE_MIN, PAUSE_MAX);
  private final OnceInAWhile<String> complaints;
  private volatile boolean isStopped;
  private volatile int channelsBehind;
  private volatile int channelsFailing;

  /**
   * Makes a bridge that stands still.
   *
   * @param later runs something after a while
   */
  OutboundBridge(
      String name,
      int inFlightMax,
      LeaderLease duty,
      Backlog backlog,
      BridgeCursors cursors,
      Function<List<Range>, Uni<List<Page>>> readAll,
      ConnectorSink outgoing,
      BiConsumer<Duration, Runnable> later,
      LongSupplier nanoTime,
      OutboundMeters meters) {
    this.name = name;
    this.inFlightMax = inFlightMax;
    this.duty = duty;
    this.backlog = backlog;
    this.cursors = cursors;
    this.readAll = readAll;
    this.outgoing = outgoing;
    this.later = later;
    this.retries = new Retries(nanoTime);
    this.complaints = new OnceInAWhile<>(COMPLAINT_PAUSE, 1, nanoTime);
    this.meters = meters;
  }

  void start() {
    duty.want();
    turn();
  }

  /** Sends nothing more; what is under way may still arrive. Then another node takes over. */
  void stop() {
    isStopped = true;
  }

  /** Whether it was stopped, and still waits for a confirmation or for the duty to be given up. */
  boolean isEnding() {
    return isStopped && !duty.isOver();
  }

  /** Whether it stopped though nobody asked it to. */
  boolean standsStill() {
    return !isStopped && outgoing.isEnded();
  }

  boolean isActive() {
    return duty.isHeld();
  }

  int channelsBehind() {
    return channelsBehind;
  }

  int channelsFailing() {
    return channelsFailing;
  }

  private void turn() {
    if (isStopped || outgoing.isEnded()) {
      finish();
      return;
    }
    long current = duty.term();
    if (current != term) {
      term = current;
      backlog.forget();
      retries.forget();
    }
    if (term == 0) {
      count();
      later.accept(POLL, this::turn);
    } else {
      backlog
          .refresh()
          .chain(this::carry)
          .chain(this::settle)
          .subscribe()
          .with(done -> turned(), this::waitAfter);
    }
  }

  private void finish() {
    if (underWay.isEmpty() || !duty.isHeld()) {
      end();
    } else {
      settle()
          .subscribe()
          .with(
              done -> {
                if (underWay.isEmpty()) {
                  end();
                } else {
                  later.accept(POLL, this::turn);
                }
              },
              away -> end());
    }
  }

  private void end() {
    if (standsStill()) {
      LOG.errorf(
          "The connector of bridge %s has ended; on this node the bridge is stopped until a restart.",
          name);
    }
    channelsBehind = 0;
    channelsFailing = 0;
    duty.giveUp();
  }

  private void turned() {
    count();
    backoff.reset();
    boolean isMore =
        backlog.isLooking()
            || (underWay.size() < inFlightMax && !backlog.first(1, this::isFresh).isEmpty());
    later.accept(isMore ? AT_ONCE : POLL, this::turn);
  }

  private void waitAfter(Throwable failure) {
    count();
    if (backoff.isFresh()) {
      LOG.warnf("Bridge %s waits, and tries again: %s", name, failure.getMessage());
    }
    later.accept(backoff.next(), this::turn);
  }

  private void count() {
    long underWayAlone =
        underWay.keySet().stream().filter(channel -> !backlog.contains(channel)).count();
    channelsBehind = term == 0 ? 0 : backlog.size() + (int) underWayAlone;
    channelsFailing = retries.size();
  }

  private boolean isFresh(Channel channel) {
    return !underWay.containsKey(channel) && !retries.contains(channel);
  }

  private boolean isDueAgain(Channel channel) {
    return !underWay.containsKey(channel) && retries.isDue(channel);
  }

  /**
   * Those who failed come first, as they had to rest, but on half of the places at most: so
   * channels that find no broker leave room for those that do.
   */
  private List<Channel> batch() {
    int free = inFlightMax - underWay.size();
    long retriesUnderWay = underWay.keySet().stream().filter(retries::contains).count();
    int freeForRetries = Math.min(free, (inFlightMax + 1) / 2 - (int) retriesUnderWay);
    List<Channel> batch = new ArrayList<>();
    if (retries.size() > 0 && freeForRetries > 0) {
      batch.addAll(backlog.first(freeForRetries, this::isDueAgain));
    }
    batch.addAll(backlog.first(free - batch.size(), this::isFresh));
    return batch;
  }

  private Uni<Void> carry() {
    List<Channel> batch = batch();
    if (batch.isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    return cursors
        .positions(batch)
        .chain(
            positions ->
                readAll
                    .apply(batch.stream().map(each -> range(each, positions.get(each))).toList())
                    .chain(pages -> send(positions, pages)));
  }

  private Range range(Channel channel, Position from) {
    long first = from == null ? 1 : from.offset() + 1;
    int messages = retries.contains(channel) ? 1 : MESSAGES_A_TURN;
    return new Range(channel, first, first + messages - 1);
  }

  /** Waits for what didn't fail before, and for that no longer than {@link #TURN}. */
  private Uni<Void> send(Map<Channel, Position> positions, List<Page> pages) {
    List<CompletableFuture<Void>> awaited = new ArrayList<>();
    List<Gap> gaps = new ArrayList<>();
    for (Page page : pages) {
      Channel channel = page.state().channel();
      ChannelTransfer carriage = carriage(positions.get(channel), page, gaps);
      backlog.taken(channel);
      underWay.put(channel, carriage);
      if (!retries.contains(channel)) {
        awaited.add(carriage.done());
      }
      carriage.sendNext();
    }
    sendGaps(gaps);
    CompletableFuture<Void> all =
        CompletableFuture.allOf(awaited.toArray(CompletableFuture[]::new));
    if (!all.isDone()) {
      later.accept(TURN, () -> all.complete(null));
    }
    return Uni.createFrom()
        .completionStage(all)
        .invoke(() -> underWay.values().forEach(ChannelTransfer::cutShort));
  }

  private ChannelTransfer carriage(Position from, Page page, List<Gap> gaps) {
    long ofTerm = term;
    List<OutboundStep> steps = List.of();
    RuntimeException hole = null;
    try {
      steps = OutboundStep.after(from, page);
    } catch (IllegalStateException found) {
      hole = found;
    }
    for (OutboundStep step : steps) {
      if (step instanceof OutboundStep.Told told) {
        gaps.add(told.gap());
      }
    }
    ChannelTransfer carriage =
        new ChannelTransfer(
            term,
            page.state(),
            from,
            steps,
            () -> !isStopped && duty.term() == ofTerm,
            outgoing,
            meters);
    if (hole != null) {
      carriage.fail(hole);
    }
    return carriage;
  }

  private void sendGaps(List<Gap> gaps) {
    if (!gaps.isEmpty()) {
      Gap first = gaps.get(0);
      LOG.warnf(
          "Bridge %s can't carry lost messages, and sends %d %s instead; the first: %s, offsets %d to %d (%s)",
          name,
          gaps.size(),
          OutboundRecord.GAP_TYPE,
          first.channel(),
          first.from(),
          first.to(),
          first.reason());
    }
  }

  /** Of another term nothing is settled: another node may have come further, in a later epoch. */
  private Uni<Void> settle() {
    long current = duty.term();
    List<ChannelTransfer> done =
        underWay.values().stream().filter(each -> each.done().isDone()).toList();
    List<ChannelTransfer> ours = done.stream().filter(each -> each.term() == current).toList();
    Map<Channel, Position> moved = new HashMap<>();
    for (ChannelTransfer each : ours) {
      if (each.hasMoved()) {
        moved.put(each.channel(), each.reached());
      }
    }
    return (moved.isEmpty() ? Uni.createFrom().item(true) : cursors.advance(moved))
        .invoke(
            isStillOurs -> {
              done.forEach(each -> underWay.remove(each.channel()));
              if (isStillOurs) {
                ours.forEach(this::settled);
                complain(ours);
              } else {
                duty.lost();
              }
            })
        .replaceWithVoid();
  }

  private void settled(ChannelTransfer carriage) {
    Channel channel = carriage.channel();
    if (carriage.failure() == null || carriage.hasMoved()) {
      retries.succeeded(channel);
    }
    if (carriage.failure() != null) {
      retries.failed(channel);
    }
    if (carriage.failure() != null || carriage.isMore()) {
      backlog.add(channel);
    }
  }

  private void complain(List<ChannelTransfer> settled) {
    for (ChannelTransfer each : settled) {
      if (each.failure() != null && complaints.isDue(name)) {
        LOG.warnf(
            "Bridge %s can't continue in %d of its channels, and tries again; in %s: %s;"
                + " this is logged once per minute at most, for all channels together",
            name, retries.size(), each.channel(), each.failure().getMessage());
        return;
      }
    }
  }
}
