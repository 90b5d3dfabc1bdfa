package io.tideline.simulation;

import io.tideline.hub.SubscribeOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.Namespace;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.SlowConsumer;
import io.tideline.stream.Start;
import java.util.HashSet;
import java.util.Set;

/**
 * What one client has received of one channel, over all its connections, and whether that is what
 * it was promised. It keeps only what a real client keeps: its position.
 *
 * <pre>
 * AWAY        no subscription on this connection; a position, if it ever had one
 * SUBSCRIBING asked; nothing may come before the reply
 * SUBSCRIBED  publications and gaps come
 * </pre>
 */
final class Follower {
  enum State {
    AWAY,
    SUBSCRIBING,
    SUBSCRIBED
  }

  private final Channel channel;
  private final Namespace namespace;
  private final Ledger ledger;
  private final Start firstStart;
  private State state = State.AWAY;
  private int asked;
  private boolean isLeaving;
  private Position position;
  private long ephemeralNext;
  private final Set<String> ephemeralSeen = new HashSet<>();

  Follower(Channel channel, Namespace namespace, Ledger ledger, Start firstStart) {
    this.channel = channel;
    this.namespace = namespace;
    this.ledger = ledger;
    this.firstStart = firstStart;
  }

  Channel channel() {
    return channel;
  }

  State state() {
    return state;
  }

  Position position() {
    return position;
  }

  boolean isEphemeral() {
    return namespace.isEphemeral();
  }

  /** Where it begins, or goes on. Some clients ask twice. */
  Start subscribing() {
    asked++;
    if (state == State.AWAY) {
      state = State.SUBSCRIBING;
    }
    return position == null ? firstStart : new Start.After(position);
  }

  /** Whether it may unsubscribe now; if it stood twice in the line, it couldn't know from what. */
  boolean leaving() {
    isLeaving |= asked == 0 && state == State.SUBSCRIBED;
    return isLeaving;
  }

  boolean isLeaving() {
    return isLeaving;
  }

  void left() {
    state = State.AWAY;
    isLeaving = false;
    ephemeralSeen.clear();
  }

  void disconnected() {
    asked = 0;
    left();
  }

  /** Begins as if it had never received anything. */
  void forget() {
    position = null;
  }

  /**
   * The reply.
   *
   * @param at where the subscription stands
   * @param head of this node's count, for an ephemeral channel
   */
  void subscribed(Position at, long head) {
    Violation.unless(state == State.SUBSCRIBING, "%s: a reply while %s", channel, state);
    asked--;
    state = State.SUBSCRIBED;
    if (isEphemeral()) {
      Violation.unless(at == null, "%s: an ephemeral channel has no positions", channel);
      ephemeralNext = head + 1;
    } else if (position != null) {
      Violation.unless(
          at.equals(position), "%s: resumed after %s at %s", channel, text(position), text(at));
    } else {
      checkBegin(at);
      position = at;
    }
  }

  private void checkBegin(Position at) {
    ChannelState now = ledger.state(at.epoch(), channel);
    // An offset by time that was read in a newer epoch stands nowhere in this one; it is told so.
    boolean isOvertaken = at.epoch() != ledger.epoch() && firstStart instanceof Start.Since;
    Violation.unless(
        at.offset() <= now.head() || isOvertaken, "%s: begins at %s of %s", channel, text(at), now);
    Violation.unless(
        at.offset() <= latestBegin(at, now) || isOvertaken,
        "%s: %s begins at %s of %s",
        channel,
        firstStart,
        text(at),
        now);
  }

  private long latestBegin(Position at, ChannelState now) {
    if (firstStart instanceof Start.Earliest) {
      return now.first() - 1;
    }
    if (firstStart instanceof Start.Last last) {
      return Math.max(now.first() - 1, now.head() - last.count());
    }
    if (firstStart instanceof Start.Since since) {
      Publication before = ledger.publication(at.epoch(), channel, at.offset());
      boolean isBefore = before == null || before.time().isBefore(since.time());
      return isBefore ? at.offset() : now.first() - 1;
    }
    return now.head();
  }

  void refused(SubscribeOutcome why) {
    boolean isAlready = why instanceof SubscribeOutcome.AlreadySubscribed;
    Violation.unless(
        asked > 0 && (state == State.SUBSCRIBED || !isAlready), "%s: %s, %s", channel, why, state);
    asked--;
    if (asked == 0 && state == State.SUBSCRIBING) {
      state = State.AWAY;
    }
  }

  void received(Publication publication) {
    if (state != State.SUBSCRIBED) {
      throw Violation.of("%s: a publication while %s", channel, state);
    }
    if (isEphemeral()) {
      receivedEphemeral(publication);
      return;
    }
    if (publication.epoch() != position.epoch() || publication.offset() != position.offset() + 1) {
      throw Violation.of(
          "%s: %s came after %s", channel, text(publication.position()), text(position));
    }
    Publication stored = ledger.publication(publication.epoch(), channel, publication.offset());
    if (!publication.equals(stored)) {
      throw Violation.of("%s: %s came, %s is stored", channel, publication, stored);
    }
    position = publication.position();
  }

  private void receivedEphemeral(Publication publication) {
    if (publication.offset() != ephemeralNext) {
      throw Violation.of(
          "%s: number %d came where %d comes next", channel, publication.offset(), ephemeralNext);
    }
    String text = Payloads.text(publication.payload());
    if (!ephemeralSeen.add(text)) {
      throw Violation.of("%s: %s came twice", channel, text);
    }
    ephemeralNext++;
  }

  void told(Gap gap) {
    Violation.unless(state == State.SUBSCRIBED, "%s: a gap while %s", channel, state);
    switch (gap.reason()) {
      case EPOCH -> toldEpoch(gap);
      case SKIPPED -> toldSkipped(gap);
      case RETENTION, PURGED -> toldGone(gap);
    }
    position = gap.position();
  }

  private void toldEpoch(Gap gap) {
    Position to = gap.position();
    Violation.unless(
        ledger.ordinal(to.epoch()) > ledger.ordinal(position.epoch()),
        "%s: from %s back to %s",
        channel,
        text(position),
        text(to));
    long head = ledger.state(to.epoch(), channel).head();
    Violation.unless(to.offset() <= head, "%s: sent to %s, ahead of %d", channel, text(to), head);
  }

  private void toldSkipped(Gap gap) {
    if (isEphemeral()) {
      Violation.unless(gap.count() > 0 && gap.position() == null, "%s: %s", channel, gap);
      ephemeralNext += gap.count();
      return;
    }
    Violation.unless(
        namespace.slowConsumer() == SlowConsumer.LATEST,
        "%s: skipped under %s",
        channel,
        namespace.slowConsumer());
    checkRange(gap);
    long head = ledger.state(position.epoch(), channel).head();
    Violation.unless(gap.to() < head, "%s: skipped to %d of %d", channel, gap.to(), head);
  }

  private void toldGone(Gap gap) {
    checkRange(gap);
    ChannelState now = ledger.state(position.epoch(), channel);
    Violation.unless(gap.to() < now.first(), "%s: %s is not gone of %s", channel, gap, now);
    Violation.unless(
        gap.reason() == Gap.Reason.RETENTION || gap.to() <= now.purgedThrough(),
        "%s: %s was not purged of %s",
        channel,
        gap,
        now);
  }

  private void checkRange(Gap gap) {
    boolean isNext =
        gap.from() == position.offset() + 1
            && gap.to() >= gap.from()
            && gap.count() == gap.to() - gap.from() + 1
            && gap.position().equals(new Position(position.epoch(), gap.to()));
    if (!isNext) {
      throw Violation.of("%s: at %s came %s", channel, text(position), gap);
    }
  }

  boolean isAtHead() {
    return state == State.SUBSCRIBED
        && (isEphemeral() || ledger.state(channel).headPosition().equals(position));
  }

  /** After the weather has been calm for a while. */
  void checkAtHead() {
    Violation.unless(state == State.SUBSCRIBED, "%s: %s in the end", channel, state);
    Violation.unless(
        isAtHead(),
        "%s: stands at %s of %s in the end",
        channel,
        position == null ? "nothing" : text(position),
        isEphemeral() ? "nothing" : ledger.state(channel));
  }

  private static String text(Position position) {
    return position.epoch() + "/" + position.offset();
  }
}
