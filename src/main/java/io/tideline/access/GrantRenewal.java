package io.tideline.access;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.limit.Backoff;
import io.tideline.loop.Lane;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The renewal of a lent grant: asks anew when the grant's time is over, and again while nobody can
 * be asked, until the grace is over too. On its lane only.
 */
public final class GrantRenewal {
  private static final Duration PAUSE_MIN = Duration.ofMillis(20);
  private static final Duration AGAIN_MIN = Duration.ofMillis(250);
  private static final Duration AGAIN_MAX = Duration.ofMillis(2500);

  private final Lane lane;
  private final LongSupplier nanoTime;
  private final Backoff again = Backoff.spread(AGAIN_MIN, AGAIN_MAX);
  private Grant grant;

  /** When the grant's time was over; counts only while nobody can be asked. */
  private long overNanos;

  /** Null once it is over. */
  private @Nullable Consumer<Refusal> lost;

  private GrantRenewal(Grant grant, Lane lane, Consumer<Refusal> lost, LongSupplier nanoTime) {
    this.grant = grant;
    this.lane = lane;
    this.lost = lost;
    this.nanoTime = nanoTime;
  }

  /**
   * Begins; null for a grant that isn't lent.
   *
   * @param lost is told once, on the lane, when the right is gone; {@link Refusal#UNDECIDED} if
   *     that isn't known, but nobody said otherwise in time
   */
  public static @Nullable GrantRenewal of(Grant grant, Lane lane, Consumer<Refusal> lost) {
    return of(grant, lane, lost, System::nanoTime);
  }

  static @Nullable GrantRenewal of(
      Grant grant, Lane lane, Consumer<Refusal> lost, LongSupplier nanoTime) {
    if (!grant.isLent()) {
      return null;
    }
    GrantRenewal renewal = new GrantRenewal(grant, lane, lost, nanoTime);
    renewal.restart();
    return renewal;
  }

  /** Nothing is asked or told any more. */
  public void end() {
    lost = null;
  }

  private void restart() {
    Duration left = grant.lentFor().compareTo(PAUSE_MIN) < 0 ? PAUSE_MIN : grant.lentFor();
    overNanos = nanoTime.getAsLong() + left.toNanos();
    again.reset();
    lane.schedule(left, this::ask);
  }

  private void ask() {
    if (lost != null) {
      grant.renewed().subscribe().with(decision -> lane.run(() -> apply(decision)));
    }
  }

  private void apply(Decision decision) {
    if (lost == null) {
      return;
    }
    if (decision instanceof Decision.Granted granted) {
      grant = granted.grant();
      if (grant.isLent()) {
        restart();
      }
    } else {
      refused(((Decision.Refused) decision).refusal());
    }
  }

  private void refused(Refusal refusal) {
    long leftNanos = overNanos + grant.grace().toNanos() - nanoTime.getAsLong();
    if (refusal != Refusal.UNDECIDED || leftNanos <= 0) {
      Consumer<Refusal> told = lost;
      end();
      told.accept(refusal);
      return;
    }
    long pauseNanos = Math.min(again.next().toNanos(), leftNanos);
    lane.schedule(Duration.ofNanos(pauseNanos), this::ask);
  }
}
