package io.tideline.bridge;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Position;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

/**
 * The transfer of one channel's records in one term of the lease: one record after the other, until
 * all are confirmed or one fails. May be used from any thread.
 */
final class ChannelTransfer {
  private final long term;
  private final ChannelState state;
  private final Position from;
  private final Queue<OutboundStep> rest;
  private final BooleanSupplier mayGoOn;
  private final ConnectorSink outgoing;
  private final OutboundMeters meters;
  private final CompletableFuture<Void> done = new CompletableFuture<>();

  private volatile Position reached;
  private volatile Throwable failure;

  /**
   * Makes one that hasn't begun.
   *
   * @param from where the channel's cursor stands; null: at its beginning
   * @param mayGoOn asked before each record
   */
  ChannelTransfer(
      long term,
      ChannelState state,
      Position from,
      List<OutboundStep> steps,
      BooleanSupplier mayGoOn,
      ConnectorSink outgoing,
      OutboundMeters meters) {
    this.term = term;
    this.state = state;
    this.from = from;
    this.rest = new ConcurrentLinkedQueue<>(steps);
    this.mayGoOn = mayGoOn;
    this.outgoing = outgoing;
    this.meters = meters;
    this.reached = from;
  }

  Channel channel() {
    return state.channel();
  }

  long term() {
    return term;
  }

  /** Completes when nothing of it is under way any more, never with a failure. */
  CompletableFuture<Void> done() {
    return done;
  }

  /** Behind what was confirmed; null if that is nothing and the channel was at its beginning. */
  Position reached() {
    return reached;
  }

  boolean hasMoved() {
    return reached != null && !reached.equals(from);
  }

  /** What the record behind {@link #reached} met with; null if all arrived that was tried. */
  Throwable failure() {
    return failure;
  }

  boolean isMore() {
    return OutboundStep.isMoreAfter(reached, state);
  }

  /** Sends no more than the record that is under way, and holds no other. */
  void cutShort() {
    rest.clear();
  }

  void sendNext() {
    OutboundStep step = mayGoOn.getAsBoolean() ? rest.poll() : null;
    if (step == null) {
      done.complete(null);
    } else {
      CompletionStage<Void> sent = outgoing.send(OutboundRecord.of(step));
      sent.whenComplete((confirmed, refusal) -> answered(step, refusal));
    }
  }

  private void answered(OutboundStep step, Throwable refusal) {
    if (refusal != null) {
      fail(refusal);
    } else {
      meters.confirmed(step);
      reached = step.position();
      sendNext();
    }
  }

  /** Ends it here. */
  void fail(Throwable why) {
    meters.failed();
    failure = why;
    rest.clear();
    done.complete(null);
  }
}
