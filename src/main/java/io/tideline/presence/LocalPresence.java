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
import java.util.Queue;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The members that are present through this node, and the changes that aren't written yet. A
 * connection that ends is counted on for a grace: a subject that is back within it was never away,
 * and nothing is written. Any thread.
 */
public final class LocalPresence {
  private final long graceNanos;
  private final LongSupplier nanoTime;
  private final Map<Channel, Map<String, Attendee>> channels = new HashMap<>();
  private final Set<Attendee> unwritten = new LinkedHashSet<>();

  /**
   * Of whom the store may have the last or the one before. They come first, so while nothing can be
   * written these are no more than one batch, and all others can be forgotten when they have gone.
   */
  private final Set<Attendee> uncertain = new LinkedHashSet<>();

  private final Queue<Departure> departures = new ArrayDeque<>();
  private List<Writing> writing = List.of();
  private int connections;

  /** A subject of a channel. */
  private static final class Attendee {
    private final Channel channel;
    private final String subject;
    private int connected;

    /** When those who went are no longer counted, oldest first. */
    private final Queue<Long> lingering = new ArrayDeque<>(1);

    /** What the store has; below 0 if that isn't known. */
    private int written;

    Attendee(Channel channel, String subject) {
      this.channel = channel;
      this.subject = subject;
    }

    int present() {
      return connected + lingering.size();
    }
  }

  private record Departure(Attendee attendee, long overAtNanos) {}

  private record Writing(Attendee attendee, int connections) {}

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
            .computeIfAbsent(named(subject), name -> new Attendee(channel, name));
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

  private @Nullable Attendee gone(Channel channel, @Nullable String subject) {
    Attendee attendee = channels.getOrDefault(channel, Map.of()).get(named(subject));
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
  public synchronized List<MemberCount> take(int seatsMax) {
    passGrace();
    writing = new ArrayList<>();
    take(uncertain, seatsMax);
    take(unwritten, seatsMax);
    return writing.stream()
        .map(w -> new MemberCount(w.attendee.channel, w.attendee.subject, w.connections))
        .toList();
  }

  private void take(Set<Attendee> from, int seatsMax) {
    Iterator<Attendee> oldest = from.iterator();
    while (oldest.hasNext() && writing.size() < seatsMax) {
      Attendee attendee = oldest.next();
      oldest.remove();
      writing.add(new Writing(attendee, attendee.present()));
    }
  }

  /** The store has what was taken. */
  public synchronized void written() {
    writing.forEach(done -> done.attendee.written = done.connections);
    looked();
  }

  /** The store may have it or not. */
  public synchronized void failed() {
    writing.forEach(open -> open.attendee.written = -1);
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
        channels.values().stream().flatMap(subjects -> subjects.values().stream()).toList();
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
    Map<String, Attendee> subjects = channels.get(attendee.channel);
    if (subjects != null && subjects.remove(attendee.subject, attendee) && subjects.isEmpty()) {
      channels.remove(attendee.channel);
    }
  }

  /** What can't be kept as a name is nobody's. */
  private static String named(@Nullable String subject) {
    return subject == null
            || subject.length() > MemberCount.SUBJECT_CHARS_MAX
            || !subject.codePoints().allMatch(LocalPresence::isText)
        ? MemberCount.ANONYMOUS
        : subject;
  }

  private static boolean isText(int codePoint) {
    return codePoint != 0 && Character.getType(codePoint) != Character.SURROGATE;
  }
}
