package io.tideline.door.tideline;

import io.tideline.access.Identity;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.hub.Outlet;
import io.tideline.hub.Subscription;
import io.tideline.hub.Transport;
import io.tideline.net.websocket.WebSocketWriter;
import io.tideline.protocol.CloseCode;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.ServerFrames;
import io.tideline.protocol.SocketFormats;
import io.tideline.session.Admission;
import io.tideline.session.ExpiryNotice;
import io.tideline.session.Heartbeat;
import io.tideline.stream.Gap;
import java.time.Duration;
import java.util.function.Supplier;

/** A WebSocket's way out, for publications and for replies. On its lane only. */
final class SocketOutlet implements Outlet {
  /**
   * Replies are written also when there is no room, as a client that catches up has none for long;
   * one that reads nothing at all must not make us hold them.
   */
  static final int REPLY_BYTES_MAX = 64 << 10;

  private final WebSocketWriter out;
  private final Heartbeat heart;
  private final ExpiryNotice expiry;
  private final Supplier<Identity> identity;
  private final SocketFormats formats;
  private final Admission.Place place;
  private Format format;
  private int unreadReplyBytes;
  private int unanswered;
  private boolean isLeaving;

  SocketOutlet(
      WebSocketWriter out,
      SocketFormats formats,
      Heartbeat heart,
      ExpiryNotice expiry,
      Supplier<Identity> identity,
      Admission.Place place) {
    this.place = place;
    this.out = out;
    this.formats = formats;
    this.format = formats.text();
    this.heart = heart;
    this.expiry = expiry;
    this.identity = identity;
  }

  /** Something that no cursor moved over: a reply, a notice. */
  void send(byte[] frame) {
    unreadReplyBytes = out.isDrained() ? 0 : unreadReplyBytes + frame.length;
    if (unreadReplyBytes > REPLY_BYTES_MAX) {
      close(CloseCode.SLOW);
    } else {
      out.write(frame);
      out.flush();
    }
  }

  /** Likewise, unless there is no room: then it is left to the caller to come again. */
  boolean offer(byte[] frame) {
    if (!out.isDrained() && out.room() < frame.length) {
      return false;
    }
    out.write(frame);
    out.flush();
    return true;
  }

  /** A command has been taken whose answer the client must have, whatever comes. */
  void owesAnswer() {
    unanswered++;
  }

  void hasAnswered() {
    unanswered--;
    if (isLeaving && unanswered == 0) {
      close(CloseCode.RESTART);
    }
  }

  /** Answers are all that still goes out: no command is taken any more. */
  boolean isLeaving() {
    return isLeaving;
  }

  void close(CloseCode code) {
    out.close(code.number(), code.reason());
  }

  /** There is room again: what was said has been read, but for a part. */
  void writable() {
    unreadReplyBytes = 0;
  }

  /** The client can take binary frames, from now on and on all its subscriptions. */
  void takeBinary() {
    format = formats.binary();
  }

  @Override
  public Format format() {
    return format;
  }

  @Override
  public Transport transport() {
    return Transport.WEBSOCKET;
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
    out.write(ServerFrames.gap(gap));
  }

  @Override
  public void flush() {
    out.flush();
  }

  @Override
  public void tick(long nowNanos) {
    Duration left = expiry.due(identity.get());
    if (left != null) {
      send(ServerFrames.expiring(identity.get().expiresAt(), left));
    }
    if (!heart.tick(out, out::isAnswered, nowNanos)) {
      close(CloseCode.NO_PONG);
    }
  }

  @Override
  public void ended(Subscription subscription, Disconnect why) {
    ProblemDetails problem = ProblemDetails.of(Problem.of(why));
    send(ServerFrames.unsubscribed(subscription.channel(), problem));
  }

  @Override
  public void drains(Duration within) {
    send(ServerFrames.drain(within));
  }

  @Override
  public void close(Disconnect why) {
    if (why == Disconnect.DRAIN && unanswered > 0) {
      isLeaving = true;
    } else {
      close(CloseCode.of(why));
    }
  }
}
