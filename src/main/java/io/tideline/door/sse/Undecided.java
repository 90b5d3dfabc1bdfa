package io.tideline.door.sse;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.loop.Lane;
import io.tideline.session.Caller;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a stream goes without because the authorizer couldn't be asked about it. Asks on, about one
 * of its channels and more and more seldom, and tells once when there is an answer. On its stream's
 * lane only.
 */
final class Undecided {
  private static final Duration AGAIN_MIN = Duration.ofSeconds(1);
  private static final Duration AGAIN_MAX = Duration.ofSeconds(8);

  private final Caller caller;
  private final Lane lane;
  private final Runnable decided;
  private Duration again = AGAIN_MIN;

  /** The one that is asked about; null while there is none. */
  private @Nullable Channel channel;

  private boolean isOver;

  Undecided(Caller caller, Lane lane, Runnable decided) {
    this.caller = caller;
    this.lane = lane;
    this.decided = decided;
  }

  void add(Channel missing) {
    if (channel == null) {
      channel = missing;
      askLater();
    }
  }

  /** Nothing is asked or told any more. */
  void end() {
    isOver = true;
  }

  private void askLater() {
    long half = again.toNanos() / 2;
    long pause = half + ThreadLocalRandom.current().nextLong(half);
    lane.schedule(Duration.ofNanos(pause), this::ask);
    Duration longer = again.multipliedBy(2);
    again = longer.compareTo(AGAIN_MAX) > 0 ? AGAIN_MAX : longer;
  }

  private void ask() {
    if (!isOver) {
      caller
          .ask(Action.SUBSCRIBE, channel)
          .subscribe()
          .with(decision -> lane.run(() -> apply(decision)));
    }
  }

  private void apply(Decision decision) {
    if (isOver) {
      return;
    }
    if (decision instanceof Decision.Refused refused && refused.refusal() == Refusal.UNDECIDED) {
      askLater();
    } else {
      end();
      decided.run();
    }
  }
}
