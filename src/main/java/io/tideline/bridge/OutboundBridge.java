package io.tideline.bridge;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.History.Range;
import io.tideline.stream.Page;
import io.tideline.stream.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Carries channels to one receiver, turn by turn, as long as it is this node's duty: looks which
 * channels are behind, reads what follows their cursors, sends it, and moves the cursors over what
 * was confirmed.
 *
 * <p>Of a channel one record is under way at a time, so a failed one is never overtaken by its
 * successor. What fails is forgotten and read again later: nothing waits in memory but names.
 *
 * <p>Turns never overlap; their fields are touched by them alone.
 */
final class OutboundBridge {
  static final Duration POLL = Duration.ofMillis(200);
  static final int MESSAGES_A_TURN = 64;

  private static final Logger LOG = Logger.getLogger(OutboundBridge.class);
  private static final Duration AT_ONCE = Duration.ofMillis(1);
  private static final long PAUSE_MILLIS_MIN = 100;
  private static final long PAUSE_MILLIS_MAX = 5000;

  private final String name;
  private final int inFlightMax;
  private final Duty duty;
  private final Backlog backlog;
  private final BridgeCursors cursors;
  private final Function<List<Range>, Uni<List<Page>>> readAll;
  private final Outgoing outgoing;
  private final BiConsumer<Duration, Runnable> later;
  private final OutboundMeters meters;

  private long pauseMillis = PAUSE_MILLIS_MIN;
  private volatile boolean isStopped;
  private volatile int channelsBehind;

  /**
   * Makes a bridge that stands still.
   *
   * @param later runs something after a while
   */
  OutboundBridge(
      String name,
      int inFlightMax,
      Duty duty,
      Backlog backlog,
      BridgeCursors cursors,
      Function<List<Range>, Uni<List<Page>>> readAll,
      Outgoing outgoing,
      BiConsumer<Duration, Runnable> later,
      OutboundMeters meters) {
    this.name = name;
    this.inFlightMax = inFlightMax;
    this.duty = duty;
    this.backlog = backlog;
    this.cursors = cursors;
    this.readAll = readAll;
    this.outgoing = outgoing;
    this.later = later;
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

  private void turn() {
    if (isStopped || outgoing.isEnded()) {
      end();
    } else if (!duty.isHeld()) {
      backlog.forget();
      channelsBehind = 0;
      later.accept(POLL, this::turn);
    } else {
      backlog.refresh().chain(this::carry).subscribe().with(this::turned, this::waitAfter);
    }
  }

  private void end() {
    if (standsStill()) {
      LOG.errorf(
          "The connector of bridge %s has ended; on this node the bridge stands still until a restart.",
          name);
    }
    channelsBehind = 0;
    duty.giveUp();
  }

  private void turned(boolean isMoved) {
    channelsBehind = backlog.size();
    if (isMoved) {
      pauseMillis = PAUSE_MILLIS_MIN;
    }
    later.accept(backlog.isDone() ? POLL : AT_ONCE, this::turn);
  }

  private void waitAfter(Throwable failure) {
    channelsBehind = backlog.size();
    if (pauseMillis == PAUSE_MILLIS_MIN) {
      LOG.warnf("Bridge %s waits, and tries again: %s", name, failure.getMessage());
    }
    pauseMillis = Math.min(PAUSE_MILLIS_MAX, 2 * pauseMillis);
    later.accept(Duration.ofMillis(pauseMillis), this::turn);
  }

  /** Whether cursors were moved. */
  private Uni<Boolean> carry() {
    List<Channel> batch = backlog.first(inFlightMax);
    if (batch.isEmpty()) {
      return Uni.createFrom().item(false);
    }
    return cursors
        .positions(batch)
        .chain(
            positions ->
                readAll
                    .apply(batch.stream().map(each -> range(each, positions.get(each))).toList())
                    .chain(pages -> send(positions, pages)));
  }

  private static Range range(Channel channel, Position from) {
    long first = from == null ? 1 : from.offset() + 1;
    return new Range(channel, first, first + MESSAGES_A_TURN - 1);
  }

  /**
   * How far a channel came.
   *
   * @param position null if still at its beginning
   * @param failure null if all arrived that was tried
   */
  private record Reached(ChannelState state, Position position, Throwable failure) {}

  private Uni<Boolean> send(Map<Channel, Position> positions, List<Page> pages) {
    List<CompletableFuture<Reached>> sent = new ArrayList<>(pages.size());
    List<Gap> gaps = new ArrayList<>();
    for (Page page : pages) {
      Position from = positions.get(page.state().channel());
      List<OutboundStep> steps = OutboundStep.after(from, page);
      steps.forEach(
          step -> {
            if (step instanceof OutboundStep.Told told) {
              gaps.add(told.gap());
            }
          });
      sent.add(send(page.state(), steps.iterator(), from));
    }
    tell(gaps);
    return Uni.createFrom()
        .completionStage(CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)))
        .chain(() -> settle(positions, sent.stream().map(CompletableFuture::join).toList()));
  }

  private void tell(List<Gap> gaps) {
    if (!gaps.isEmpty()) {
      Gap first = gaps.get(0);
      LOG.warnf(
          "Bridge %s can't carry what is gone, and sends %d %s instead; the first: %s, offsets %d to %d (%s)",
          name,
          gaps.size(),
          OutboundRecord.GAP_TYPE,
          first.channel(),
          first.from(),
          first.to(),
          first.reason());
    }
  }

  private CompletableFuture<Reached> send(
      ChannelState state, Iterator<OutboundStep> rest, Position reached) {
    if (!rest.hasNext() || isStopped || !duty.isHeld()) {
      return CompletableFuture.completedFuture(new Reached(state, reached, null));
    }
    OutboundStep step = rest.next();
    return outgoing
        .send(OutboundRecord.of(step))
        .thenApply(confirmed -> (Throwable) null)
        .exceptionally(failure -> failure)
        .thenCompose(
            failure -> {
              if (failure != null) {
                meters.failed();
                return CompletableFuture.completedFuture(new Reached(state, reached, failure));
              }
              meters.confirmed(step);
              return send(state, rest, step.position());
            });
  }

  private Uni<Boolean> settle(Map<Channel, Position> before, List<Reached> all) {
    Map<Channel, Position> moved = new HashMap<>();
    Throwable failure = null;
    for (Reached each : all) {
      Channel channel = each.state().channel();
      if (each.position() != null && !each.position().equals(before.get(channel))) {
        moved.put(channel, each.position());
      }
      failure = failure == null ? each.failure() : failure;
    }
    Throwable first = failure;
    return (moved.isEmpty() ? Uni.createFrom().item(true) : cursors.advance(moved))
        .chain(
            isStillOurs -> {
              all.forEach(this::settled);
              if (!isStillOurs) {
                duty.lost();
              }
              return first == null
                  ? Uni.createFrom().item(!moved.isEmpty())
                  : Uni.createFrom().failure(first);
            });
  }

  private void settled(Reached each) {
    backlog.carried(
        each.state().channel(),
        each.failure() != null || OutboundStep.isMoreAfter(each.position(), each.state()));
  }
}
