package io.tideline.door.sse;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.limit.Backoff;
import io.tideline.loop.Lane;
import io.tideline.session.Caller;
import io.tideline.stream.Channel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a stream goes without because the authorizer couldn't be asked about it. Asks on, about one
 * of its channels and more and more seldom, and tells once when there is an answer. On its stream's
 * lane only.
 */
final class Undecided {
  private static final Duration AGAIN_MIN = Duration.ofMillis(500);
  private static final Duration AGAIN_MAX = Duration.ofSeconds(4);

  private final Caller caller;
  private final Lane lane;
  private final Runnable decided;
  private final Backoff again = Backoff.spread(AGAIN_MIN, AGAIN_MAX);

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
    lane.schedule(again.next(), this::ask);
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
