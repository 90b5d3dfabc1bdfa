package io.tideline.presence;

import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The members that are present through this node, and the changes that aren't written yet. A
 * connection that ends is counted on for a grace: a subject that is back within it was never away,
 * and nothing is written. Any thread.
 */
public final class LocalPresence {
  /** What an attendee's row says if that isn't known. */
  private static final int UNKNOWN = -1;

  private final long graceNanos;
  private final LongSupplier nanoTime;
  private final Map<Channel, Map<String, Attendee>> channels = new HashMap<>();

  /** By the connection's name: those that are told one by one. */
  private final Map<Channel, Map<String, Attendee>> seats = new HashMap<>();

  private final Set<Attendee> unwritten = new LinkedHashSet<>();

  /**
   * Of whom the store may have the last or the one before. They come first, so while nothing can be
   * written these are no more than one batch, and all others can be forgotten when they have gone.
   */
  private final Set<Attendee> uncertain = new LinkedHashSet<>();

  private final Queue<Departure> departures = new ArrayDeque<>();
  private List<Writing> writing = List.of();
  private int connections;

  /** A subject of a channel; or a seat in it, which is one connection's and has no grace. */
  private static final class Attendee {
    private final Channel channel;
    private final String name;
    private int connected;

    /** Null for a subject. */
    private @Nullable Seat seat;

    /** When those who went are no longer counted, oldest first. */
    private final Queue<Long> lingering = new ArrayDeque<>(1);

    /** What the store has, or {@link #UNKNOWN}. */
    private int written;

    Attendee(Channel channel, String name) {
      this.channel = channel;
      this.name = name;
    }

    int present() {
      return connected + lingering.size();
    }
  }

  private record Departure(Attendee attendee, long overAtNanos) {}

  private record Writing(Attendee attendee, int connections, @Nullable Seat seat) {}

  /**
   * Makes an empty one.
   *
   * @param nanoTime as {@link System#nanoTime()}
   */
  public LocalPresence(Duration grace, LongSupplier nanoTime) {
    this.graceNanos = grace.toNanos();
    this.nanoTime = nanoTime;
  }

  /**
   * A connection has subscribed.
   *
   * @param subject null for none
   */
  public synchronized void join(Channel channel, @Nullable String subject) {
    connections++;
    Attendee attendee =
        channels
            .computeIfAbsent(channel, first -> new HashMap<>(2))
            .computeIfAbsent(MemberCount.subject(subject), name -> new Attendee(channel, name));
    attendee.connected++;
    // It takes the place of one that went: most likely it is the same client again.
    attendee.lingering.poll();
    look(attendee);
  }

  /** Its subscription has ended; the subject is the one that it joined with. */
  public synchronized void leave(Channel channel, @Nullable String subject) {
    Attendee attendee = gone(channel, subject);
    if (attendee != null) {
      long overAt = nanoTime.getAsLong() + graceNanos;
      attendee.lingering.add(overAt);
      departures.add(new Departure(attendee, overAt));
      look(attendee);
    }
  }

  /** A connection turns out to be somebody else: nobody went, so there is nothing to wait for. */
  public synchronized void rename(
      Channel channel, @Nullable String former, @Nullable String subject) {
    Attendee attendee = gone(channel, former);
    if (attendee != null) {
      look(attendee);
      join(channel, subject);
    }
  }

  /**
   * A connection that has joined is told one by one from now on; or what is told of it is another
   * now.
   */
  public synchronized void take(Channel channel, Seat seat) {
    Attendee attendee =
        seats
            .computeIfAbsent(channel, first -> new HashMap<>(2))
            .computeIfAbsent(seat.connection(), name -> new Attendee(channel, name));
    if (attendee.written > 0 && !seat.equals(attendee.seat)) {
      attendee.written = UNKNOWN;
    }
    attendee.seat = seat;
    attendee.connected = 1;
    look(attendee);
  }

  /** It has left, or is no longer told one by one. Others see it at once: its name won't return. */
  public synchronized void giveUp(Channel channel, Seat seat) {
    Attendee attendee = seats.getOrDefault(channel, Map.of()).get(seat.connection());
    if (attendee != null) {
      attendee.connected = 0;
      look(attendee);
    }
  }

  private @Nullable Attendee gone(Channel channel, @Nullable String subject) {
    Attendee attendee = channels.getOrDefault(channel, Map.of()).get(MemberCount.subject(subject));
    if (attendee == null || attendee.connected == 0) {
      return null;
    }
    connections--;
    attendee.connected--;
    return attendee;
  }

  /** Subscriptions that are counted. */
  public synchronized int connections() {
    return connections;
  }

  /** Whether there is something to write, now that time has gone on. */
  public synchronized boolean hasNews() {
    passGrace();
    return !unwritten.isEmpty() || !uncertain.isEmpty();
  }

  /**
   * What is to be written next; then either {@link #written} or {@link #failed} is called. What
   * changes meanwhile comes with the next call.
   */
  public synchronized PresenceWrite take(int rowsMax) {
    passGrace();
    writing = new ArrayList<>();
    take(uncertain, rowsMax);
    take(unwritten, rowsMax);
    List<MemberCount> members = new ArrayList<>(writing.size());
    List<SeatChange> taken = new ArrayList<>();
    for (Writing next : writing) {
      if (next.seat == null) {
        members.add(new MemberCount(next.attendee.channel, next.attendee.name, next.connections));
      } else {
        taken.add(new SeatChange(next.attendee.channel, next.seat, next.connections > 0));
      }
    }
    return new PresenceWrite(members, taken);
  }

  private void take(Set<Attendee> from, int rowsMax) {
    Iterator<Attendee> oldest = from.iterator();
    while (oldest.hasNext() && writing.size() < rowsMax) {
      Attendee attendee = oldest.next();
      oldest.remove();
      writing.add(new Writing(attendee, attendee.present(), attendee.seat));
    }
  }

  /** The store has what was taken. */
  public synchronized void written() {
    writing.forEach(
        done -> {
          boolean isSame = done.connections == 0 || Objects.equals(done.seat, done.attendee.seat);
          done.attendee.written = isSame ? done.connections : UNKNOWN;
        });
    looked();
  }

  /** The store may have it or not. */
  public synchronized void failed() {
    writing.forEach(open -> open.attendee.written = UNKNOWN);
    looked();
  }

  private void looked() {
    List<Writing> over = writing;
    writing = List.of();
    over.forEach(each -> look(each.attendee));
  }

  /** The store has nothing of this node any more. */
  public synchronized void leaseLost() {
    writing = List.of();
    unwritten.clear();
    uncertain.clear();
    List<Attendee> all =
        Stream.concat(channels.values().stream(), seats.values().stream())
            .flatMap(named -> named.values().stream())
            .toList();
    all.forEach(attendee -> attendee.written = 0);
    all.forEach(this::look);
  }

  private void passGrace() {
    long now = nanoTime.getAsLong();
    while (!departures.isEmpty() && now - departures.peek().overAtNanos >= 0) {
      Departure over = departures.remove();
      Queue<Long> lingering = over.attendee.lingering;
      while (!lingering.isEmpty() && lingering.peek() - over.overAtNanos <= 0) {
        lingering.remove();
      }
      look(over.attendee);
    }
  }

  private void look(Attendee attendee) {
    if (attendee.written < 0) {
      unwritten.remove(attendee);
      uncertain.add(attendee);
      return;
    }
    uncertain.remove(attendee);
    if (attendee.present() != attendee.written) {
      unwritten.add(attendee);
      return;
    }
    unwritten.remove(attendee);
    if (attendee.written == 0 && attendee.lingering.isEmpty() && !isBeingWritten(attendee)) {
      forget(attendee);
    }
  }

  private boolean isBeingWritten(Attendee attendee) {
    return writing.stream().anyMatch(each -> each.attendee == attendee);
  }

  private void forget(Attendee attendee) {
    Map<Channel, Map<String, Attendee>> all = attendee.seat == null ? channels : seats;
    Map<String, Attendee> here = all.get(attendee.channel);
    if (here != null && here.remove(attendee.name, attendee) && here.isEmpty()) {
      all.remove(attendee.channel);
    }
  }
}
