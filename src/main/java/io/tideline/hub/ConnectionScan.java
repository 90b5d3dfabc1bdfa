package io.tideline.hub;

import io.tideline.loop.Lane;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A look through the connections of one lane for those that come next in the list of all. It is
 * made in steps of about {@value #CURSORS_MAX} cursors, between which the lane's sockets have their
 * turn, and keeps no more than it was asked for. On the lane only.
 *
 * <p>It goes from the last connection to the first, because one that ends meanwhile is replaced by
 * the last: so it may meet one twice, and misses none that was there all the time.
 */
final class ConnectionScan {
  static final int CURSORS_MAX = 2048;

  private static final Comparator<ConnectionStatus> ORDER =
      Comparator.comparing(ConnectionStatus::place, ConnectionStatus.ORDER);

  private final Lane lane;
  private final List<Subscriber> all;
  private final ConnectionStatus.Place after;
  private final int limit;
  private final Consumer<List<ConnectionStatus>> done;

  /** The last one of what was found comes first: it makes room for a better one. */
  private final PriorityQueue<ConnectionStatus> found = new PriorityQueue<>(ORDER.reversed());

  private final Set<Long> numbers = new HashSet<>();
  private int left;

  /**
   * Makes a scan that has not begun.
   *
   * @param all the lane's connections, now and later
   * @param done is given what was found, in order
   */
  ConnectionScan(
      Lane lane,
      List<Subscriber> all,
      ConnectionStatus.Place after,
      int limit,
      Consumer<List<ConnectionStatus>> done) {
    this.lane = lane;
    this.all = all;
    this.after = after;
    this.limit = limit;
    this.done = done;
    this.left = all.size();
  }

  void step() {
    int cursors = 0;
    left = Math.min(left, all.size());
    while (left > 0 && cursors < CURSORS_MAX) {
      Subscriber next = all.get(--left);
      cursors += 1 + next.subscriptions().size();
      if (next.transport() != Transport.PAGE) {
        look(next);
      }
    }
    if (left > 0) {
      lane.executeAfterSockets(this::step);
    } else {
      List<ConnectionStatus> inOrder = new ArrayList<>(found);
      inOrder.sort(ORDER);
      done.accept(inOrder);
    }
  }

  private void look(Subscriber subscriber) {
    Subscription worst = worst(subscriber);
    ConnectionStatus.Place place =
        new ConnectionStatus.Place(worst == null ? 0 : worst.behind(), subscriber.number());
    boolean isWanted =
        ConnectionStatus.ORDER.compare(place, after) > 0
            && (found.size() < limit
                || ConnectionStatus.ORDER.compare(place, found.peek().place()) < 0);
    if (isWanted && numbers.add(subscriber.number())) {
      found.add(status(subscriber, worst, place.messages()));
      if (found.size() > limit) {
        numbers.remove(found.remove().number());
      }
    }
  }

  /** Null if none is behind. */
  private static @Nullable Subscription worst(Subscriber subscriber) {
    Subscription worst = null;
    long most = 0;
    for (Subscription each : subscriber.subscriptions()) {
      long behind = each.state() == Subscription.State.ENDED ? 0 : each.behind();
      if (behind > most) {
        most = behind;
        worst = each;
      }
    }
    return worst;
  }

  private static ConnectionStatus status(
      Subscriber subscriber, @Nullable Subscription worst, long behind) {
    return new ConnectionStatus(
        subscriber.number(),
        subscriber.transport(),
        subscriber.identity().subject(),
        subscriber.outlet().address(),
        Instant.ofEpochMilli(subscriber.sinceMillis()),
        subscriber.subscriptions().size(),
        behind == 0 ? null : lag(worst, behind));
  }

  private static ConnectionStatus.Lag lag(Subscription worst, long behind) {
    return new ConnectionStatus.Lag(worst.channel(), behind, worst.behindSince(), why(worst));
  }

  private static ConnectionStatus.Why why(Subscription subscription) {
    return switch (subscription.state()) {
      case BEHIND -> ConnectionStatus.Why.SOCKET_FULL;
      case READING -> ConnectionStatus.Why.READING_HISTORY;
      case LIVE, ENDED -> ConnectionStatus.Why.SENDING;
    };
  }
}
