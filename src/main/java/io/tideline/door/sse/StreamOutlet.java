package io.tideline.door.sse;

import io.tideline.access.Grant;
import io.tideline.hub.Disconnect;
import io.tideline.hub.Format;
import io.tideline.hub.FrameBatch;
import io.tideline.hub.Hub;
import io.tideline.hub.Outlet;
import io.tideline.hub.SubscribeOutcome;
import io.tideline.hub.Subscriber;
import io.tideline.hub.Subscription;
import io.tideline.hub.Transport;
import io.tideline.loop.Lane;
import io.tideline.net.out.ResponseWriter;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.ServerEvents;
import io.tideline.session.Admission;
import io.tideline.session.Caller;
import io.tideline.session.ExpiryNotice;
import io.tideline.session.Heartbeat;
import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Start;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event stream. On its lane only.
 *
 * <pre>
 * PLACING  the subscriptions are being placed; nothing is written yet, as a stream begins with where
 *          its reader stands
 * OPEN     events go out
 * OVER     the response has ended, or its connection is gone
 * </pre>
 */
class StreamOutlet implements Outlet {
  private final StreamRequest request;
  private final StreamHead head;
  private final Framing framing;
  private final Heartbeat heart;
  private final ExpiryNotice expiry;
  private Subscriber subscriber;
  private Admission.@Nullable Place place;
  private Undecided undecided;
  private ResponseWriter out;
  private int unplaced;
  private State state = State.PLACING;

  private enum State {
    PLACING,
    OPEN,
    OVER
  }

  StreamOutlet(StreamRequest request, StreamHead head, Heartbeat heart, ExpiryNotice expiry) {
    this.request = request;
    this.head = head;
    this.heart = heart;
    this.expiry = expiry;
    this.framing = request.framing();
  }

  /**
   * Begins to place it.
   *
   * @param admitted the place that it was let in to
   * @param missing channels that it goes without until the authorizer has said whether it may have
   *     them; where the reader stands in them stays part of its place
   */
  void begin(
      Hub hub,
      Lane lane,
      Caller caller,
      Admission.Place admitted,
      List<Grant> grants,
      Set<Channel> missing) {
    place = admitted;
    undecided = new Undecided(caller, lane, this::comeBack);
    missing.forEach(this::miss);
    subscriber = hub.connect(lane, this, grants.get(0).identity());
    unplaced = grants.size();
    for (Grant grant : grants) {
      if (state != State.OVER) {
        subscriber.subscribe(grant, request.starts().get(grant.channel()), this::placed);
      }
    }
  }

  private void miss(Channel channel) {
    if (request.starts().get(channel) instanceof Start.After after) {
      framing.stand(channel, after.position());
    }
    undecided.add(channel);
  }

  private void placed(SubscribeOutcome outcome) {
    if (state == State.OVER) {
      return;
    }
    if (outcome instanceof SubscribeOutcome.Subscribed subscribed) {
      framing.stand(subscribed.subscription().channel(), subscribed.position());
      unplaced--;
      if (unplaced == 0) {
        open();
      }
    } else {
      sendAway();
    }
  }

  private void open() {
    try {
      out = head.send(framing.id(), subscriber::writable);
    } catch (RuntimeException failed) {
      closed();
      throw failed;
    }
    if (state == State.OVER) {
      return;
    }
    state = State.OPEN;
    opened();
    subscriber.writable();
  }

  /** Events may go out from now on. */
  void opened() {}

  /** Nothing goes out any more; may be said more than once. */
  void over() {}

  /**
   * Writes an event that no cursor moved over; false, without having written, if it doesn't fit.
   */
  final boolean offer(byte[] event) {
    if (state != State.OPEN || (!out.isDrained() && out.room() < event.length)) {
      return false;
    }
    out.write(event);
    out.flush();
    return true;
  }

  /** The connection is gone, or the response has ended. */
  void closed() {
    state = State.OVER;
    over();
    if (subscriber != null) {
      undecided.end();
      subscriber.closed();
    }
  }

  @Override
  public Format format() {
    return framing.format();
  }

  @Override
  public Transport transport() {
    return Transport.SSE;
  }

  @Override
  public @Nullable String address() {
    return place == null ? null : place.address();
  }

  @Override
  public int overheadBytes() {
    return framing.overheadBytes();
  }

  @Override
  public int room() {
    return state == State.OPEN ? out.room() : 0;
  }

  @Override
  public boolean isDrained() {
    return state == State.OPEN && out.isDrained();
  }

  @Override
  public void write(Subscription subscription, FrameBatch run) {
    if (state == State.OPEN) {
      framing.write(out, run);
    }
  }

  @Override
  public void gap(Subscription subscription, Gap gap) {
    if (state == State.OPEN) {
      framing.stand(gap.channel(), gap.position());
      out.write(ServerEvents.gap(gap, framing.id()));
    }
  }

  @Override
  public void flush() {
    if (state == State.OPEN) {
      out.flush();
    }
  }

  @Override
  public void tick(long nowNanos) {
    if (state != State.OPEN) {
      return;
    }
    Duration left = expiry.due(subscriber.identity());
    if (left != null) {
      out.write(ServerEvents.expiring(subscriber.identity().expiresAt(), left));
      out.flush();
    }
    if (!heart.tick(out, ServerEvents.HEARTBEAT, () -> true, nowNanos)) {
      out.drop();
      closed();
    }
  }

  @Override
  public void drains(Duration within) {
    if (state == State.OPEN) {
      out.write(ServerEvents.drain(within));
      out.flush();
    }
  }

  @Override
  public void ended(Subscription subscription, Disconnect why) {
    if (state == State.PLACING) {
      sendAway();
    } else if (state == State.OPEN) {
      if (why == Disconnect.UNCONFIRMED) {
        undecided.add(subscription.channel());
      } else {
        framing.leave(subscription.channel());
      }
      ProblemDetails problem = ProblemDetails.of(Problem.of(why));
      out.write(ServerEvents.unsubscribed(subscription.channel(), problem));
      out.flush();
      if (subscriber.subscriptions().isEmpty()) {
        close(why);
      }
    }
  }

  @Override
  public void close(Disconnect why) {
    comeBack();
  }

  private void comeBack() {
    if (state == State.PLACING) {
      sendAway();
    } else if (state == State.OPEN) {
      out.write(head.comeBack());
      out.end();
      closed();
    }
  }

  /**
   * With 200, since an {@code EventSource} never comes back after anything else; whoever has a
   * right to come back is told no by what it gets then.
   */
  void sendAway() {
    head.sendAway(request.lastId());
    closed();
  }
}
