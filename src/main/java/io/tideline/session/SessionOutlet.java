package io.tideline.session;

import io.tideline.access.Identity;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.hub.Outlet;
import io.tideline.hub.Subscription;
import io.tideline.hub.Transport;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import java.time.Duration;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The way out of a session, for publications and for replies. On its lane only. */
final class SessionOutlet implements Outlet {
  /**
   * Replies are written also when there is no room, as a client that catches up has none for long;
   * one that reads nothing at all must not make us hold them.
   */
  static final int REPLY_BYTES_MAX = 64 << 10;

  private final SessionWriter out;
  private final Dialect dialect;
  private final Heartbeat heart;
  private final ExpiryNotice expiry;
  private final CommandRights rights;
  private final Admission.Place place;
  private final TransportEvents events;
  private int unreadReplyBytes;
  private int unanswered;
  private boolean isLeaving;
  private boolean isClosed;

  SessionOutlet(
      SessionWriter out,
      Dialect dialect,
      SessionContext context,
      CommandRights rights,
      Admission.Place place) {
    this.out = out;
    this.dialect = dialect;
    this.heart = new Heartbeat(context.settings().sockets(), System.nanoTime());
    this.expiry = new ExpiryNotice(context.clock(), context.settings().expiring());
    this.rights = rights;
    this.place = place;
    this.events = context.events();
  }

  /** Something that no cursor moved over: a reply, a notice; null where there is no word for it. */
  void send(byte @Nullable [] frame) {
    if (isClosed || frame == null) {
      return;
    }
    unreadReplyBytes = out.isDrained() ? 0 : unreadReplyBytes + frame.length;
    if (unreadReplyBytes > REPLY_BYTES_MAX) {
      close(CloseReason.SLOW);
    } else {
      out.write(frame);
      out.flush();
    }
  }

  /** As {@link #send}, if there is room; else false, and the caller comes again. */
  boolean offer(byte @Nullable [] frame) {
    if (frame == null) {
      return true;
    }
    if (!out.isDrained() && out.room() < frame.length) {
      return false;
    }
    out.write(frame);
    out.flush();
    return true;
  }

  void refuse(long id, Problem problem, Channel channel) {
    refuse(id, ProblemDetails.of(problem), channel);
  }

  void refuse(long id, ProblemDetails problem, Channel channel) {
    refuse(OptionalLong.of(id), problem, channel.name());
  }

  /** Sends the reply that refuses a command. */
  void refuse(OptionalLong id, ProblemDetails problem, @Nullable String channel) {
    events.refused(TransportEvents.Via.WEBSOCKET, problem.problem());
    send(dialect.refused(id, problem, channel));
  }

  /** A command has been taken whose answer the client must have, whatever comes. */
  void owesAnswer() {
    unanswered++;
  }

  void hasAnswered() {
    unanswered--;
    if (isLeaving && unanswered == 0) {
      close(CloseReason.RESTART);
    }
  }

  /** Answers are all that still goes out: no command is taken any more. */
  boolean isLeaving() {
    return isLeaving;
  }

  void close(CloseReason why) {
    Dialect.Close close = dialect.close(why);
    out.close(close.code(), close.reason());
  }

  /** The connection is gone. */
  void closed() {
    isClosed = true;
  }

  /** There is room again: the client has read what was sent, but for a part. */
  void writable() {
    unreadReplyBytes = 0;
  }

  @Override
  public Format format() {
    return dialect.format();
  }

  @Override
  public Transport transport() {
    return Transport.WEBSOCKET;
  }

  @Override
  public @Nullable String name() {
    return dialect.name();
  }

  @Override
  public String address() {
    return place.address();
  }

  @Override
  public int room() {
    return out.room();
  }

  @Override
  public boolean isDrained() {
    return out.isDrained();
  }

  @Override
  public void write(Subscription subscription, FrameBatch run) {
    out.write(run);
  }

  @Override
  public void gap(Subscription subscription, Gap gap) {
    byte[] frame = dialect.gap(gap);
    if (frame != null) {
      out.write(frame);
    }
    if (dialect.gapEndsSubscription()) {
      subscription.subscriber().unsubscribe(subscription.channel());
    }
  }

  @Override
  public void flush() {
    out.flush();
  }

  @Override
  public void tick(long nowNanos) {
    Identity identity = rights.caller().identity();
    Duration left = expiry.due(identity);
    if (left != null) {
      send(dialect.expiring(identity, left));
    }
    if (!heart.tick(out, dialect.heartbeat(), out::isAnswered, nowNanos)) {
      close(CloseReason.NO_PONG);
    }
  }

  @Override
  public void ended(Subscription subscription, Disconnect why) {
    send(dialect.ended(subscription.channel(), ProblemDetails.of(Problem.of(why))));
  }

  @Override
  public void drains(Duration within) {
    send(dialect.drains(within));
  }

  @Override
  public void close(Disconnect why) {
    if (why == Disconnect.DRAIN && unanswered > 0) {
      isLeaving = true;
    } else {
      close(CloseReason.of(why));
    }
  }
}
