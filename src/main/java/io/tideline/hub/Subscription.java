package io.tideline.hub;

import io.tideline.access.GrantRenewal;
import io.tideline.loop.IndexedBag;
import io.tideline.presence.Seat;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.time.Clock;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A cursor: one connection's place in one channel. Touched on its lane only.
 *
 * <pre>
 * LIVE     at the head, or about to be moved there by the wake that is under way
 * BEHIND   its connection can't take more; goes on when it is writable
 * READING  what comes next is being read from the log; goes on with the page
 * ENDED    nothing moves it any more
 * </pre>
 */
public final class Subscription extends IndexedBag.Element {
  enum State {
    LIVE,
    BEHIND,
    READING,
    ENDED
  }

  private final Subscriber subscriber;
  private final LaneChannel laneChannel;
  private final SubscribeOptions options;
  private State state = State.LIVE;
  private boolean wasLive;
  private boolean slow;
  private long epoch;
  private long next;
  private boolean isForeign;

  /** Since it fell behind the head, in seconds of the epoch, unsigned; 0 while it hasn't. */
  private int behindSince;

  /** Null if its connection is not told one by one. */
  private @Nullable Seat seat;

  /** Null where the token itself allows it, as mostly. */
  private @Nullable GrantRenewal renewal;

  /**
   * Makes a cursor.
   *
   * @param isForeign its position is none of this log: it keeps it until it has been told so, lest
   *     a client that leaves before comes back with a good one
   */
  Subscription(
      Subscriber subscriber,
      LaneChannel laneChannel,
      SubscribeOptions options,
      long epoch,
      long next,
      boolean isForeign) {
    this.subscriber = subscriber;
    this.laneChannel = laneChannel;
    this.options = options;
    this.epoch = epoch;
    this.next = next;
    this.isForeign = isForeign;
  }

  public Channel channel() {
    return local().channel();
  }

  /** What its publications are written in; may become another one while it is here. */
  Format format() {
    Format own = options.format();
    return own == null ? subscriber.outlet().format() : own;
  }

  /** What is to be done when it is over; null for nothing. */
  @Nullable Runnable ended() {
    return options.ended();
  }

  /** Whether some publications may be its own, and are not for it. */
  boolean skipsOwn() {
    return options.skipsOwn();
  }

  /** Whether its connection published this, where it skips what it published. */
  boolean isOwn(Publication publication) {
    return options.skipsOwn()
        && publication.origin() != null
        && publication.origin().equals(subscriber.outlet().name());
  }

  /**
   * After the last publication or gap that was written or skipped; null on an ephemeral channel.
   */
  public Position position() {
    return local().isEphemeral() ? null : new Position(epoch, next - 1);
  }

  /** The channel's state as this node knows it. */
  public ChannelState channelState() {
    return local().state();
  }

  /** Publications after its position that are known here; 1 where only a loss is to be told. */
  long behind() {
    ChannelState now = local().state();
    return isOf(now.epoch()) ? Math.max(0, now.head() + 1 - next) : 1;
  }

  /** Null while it isn't behind, or is about to be moved. */
  @Nullable Instant behindSince() {
    return behindSince == 0 ? null : Instant.ofEpochSecond(Integer.toUnsignedLong(behindSince));
  }

  /** It can't be moved to the head now; only the first time counts until it is there. */
  void fellBehind(Clock clock) {
    if (behindSince == 0) {
      behindSince = (int) (clock.millis() / 1000);
    }
  }

  /** What a publication is to it that comes next. */
  Delivery delivery() {
    if (!wasLive) {
      return Delivery.REPLAY;
    }
    return slow ? Delivery.BEHIND : Delivery.LIVE;
  }

  public Subscriber subscriber() {
    return subscriber;
  }

  LocalChannel local() {
    return laneChannel.channel();
  }

  LaneChannel laneChannel() {
    return laneChannel;
  }

  State state() {
    return state;
  }

  void state(State newState) {
    state = newState;
  }

  /**
   * Whether it has been at the head before, so that being behind now is slowness and not a replay
   * that was asked for.
   */
  boolean wasLive() {
    return wasLive;
  }

  void reachedHead() {
    wasLive = true;
    slow = false;
    behindSince = 0;
  }

  /** Whether its connection couldn't take what was live. */
  boolean isSlow() {
    return slow;
  }

  void slow(boolean isSlow) {
    slow = isSlow;
  }

  /** Whether it stands in this incarnation of the log; if not, it is told so. */
  boolean isOf(long logEpoch) {
    return epoch == logEpoch && !isForeign;
  }

  long epoch() {
    return epoch;
  }

  long next() {
    return next;
  }

  /** Only ever forward. */
  void moveTo(long newNext) {
    if (newNext < next) {
      throw new IllegalStateException(channel() + " went back from " + next + " to " + newNext);
    }
    next = newNext;
  }

  /** The log was begun anew: the cursor goes on from there. */
  void moveToEpoch(long newEpoch, long newNext) {
    epoch = newEpoch;
    next = newNext;
    isForeign = false;
  }

  @Nullable Seat seat() {
    return seat;
  }

  void seat(Seat newSeat) {
    seat = newSeat;
  }

  /** What keeps it allowed from now on; null for the token itself. */
  void renewal(@Nullable GrantRenewal next) {
    if (renewal != null) {
      renewal.end();
    }
    renewal = next;
  }
}
