package io.tideline.simulation;

import io.tideline.hub.SubscribeOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.Position;

/**
 * What "from now on" means at least when it is asked for: after whatever was stored longer ago than
 * a node may be late, whether the backplane carried it or not, and though the node stood still.
 */
final class FromNow {
  /** Where answers take longer, what is known may be older than could be told from a fault. */
  private static final long ANSWER_MICROS_MAX = 64_000;

  private static final long UNNOTICED_MICROS_MAX = 1_500_000;

  private final World world;
  private final SimulatedNode node;
  private final boolean wasInformed;
  private final long epoch;
  private final long head;

  /** Asked now, on this node. */
  FromNow(World world, SimulatedNode node, Channel channel) {
    this.world = world;
    this.node = node;
    this.wasInformed = isInformed();
    this.epoch = world.ledger().epoch();
    this.head = wasInformed ? settledHead(channel) : 0;
  }

  /** Whether the node works, and has been answered for so long that it must know. */
  private boolean isInformed() {
    return world.weather().answerMicrosMax() <= ANSWER_MICROS_MAX
        && node.isAtWork()
        && node.line().troubledMicros() <= world.time().micros() - lateMicrosMax();
  }

  private long lateMicrosMax() {
    return world.lateMicrosMax() + UNNOTICED_MICROS_MAX;
  }

  private long settledHead(Channel channel) {
    Ledger ledger = world.ledger();
    long settled = ledger.state(channel).head();
    while (settled > 0 && ledger.ageMicros(channel, settled - 1) <= lateMicrosMax()) {
      settled--;
    }
    return settled;
  }

  /** The answer has come, now. */
  void check(SubscribeOutcome outcome) {
    if (wasInformed && outcome instanceof SubscribeOutcome.Subscribed subscribed && isInformed()) {
      Position at = subscribed.subscription().position();
      Violation.unless(
          at.epoch() != epoch || at.offset() >= head,
          "%s: from now on is from %d on, and %d had long been stored",
          node.name(),
          at.offset(),
          head);
    }
  }
}
