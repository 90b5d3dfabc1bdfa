package io.tideline.simulation;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.MemoryHistory;
import io.tideline.stream.Page;
import io.tideline.stream.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What was really in the log, kept beside it: every publication of every epoch, also of those that
 * are gone, and when it was stored. Brought up to date after each event, so nothing escapes it.
 */
final class Ledger {
  private final MemoryHistory log;
  private final VirtualTime time;
  private final List<Channel> channels;
  private final List<Long> epochs = new ArrayList<>();
  private final Map<Long, Map<Channel, Kept>> byEpoch = new HashMap<>();
  private long epochSinceMicros;
  private boolean isTouched = true;

  private static final class Kept {
    ChannelState state;

    /** By offset, from 1; null for what was gone before it was seen. */
    final List<Publication> publications = new ArrayList<>();

    /** Of each of them. */
    final List<Long> storedMicros = new ArrayList<>();
  }

  /** The log, seen by someone to whom nothing ever happens. */
  Ledger(MemoryHistory log, VirtualTime time, List<Channel> channels) {
    this.log = log.node("ledger");
    this.time = time;
    this.channels = channels;
  }

  /** The log is about to be changed. */
  void touched() {
    isTouched = true;
  }

  void update() {
    if (!isTouched) {
      return;
    }
    isTouched = false;
    long epoch = log.epoch();
    if (!byEpoch.containsKey(epoch)) {
      epochs.add(epoch);
      epochSinceMicros = time.micros();
      byEpoch.put(epoch, new HashMap<>());
    }
    Map<Channel, Kept> all = byEpoch.get(epoch);
    for (ChannelState state : now(log.states(channels))) {
      Kept kept = all.computeIfAbsent(state.channel(), key -> new Kept());
      if (!state.equals(kept.state)) {
        long known = kept.state == null ? 0 : kept.state.head();
        kept.state = state;
        while (known < state.head()) {
          known = copy(kept, known + 1, state.head());
        }
      }
    }
  }

  private long copy(Kept kept, long from, long to) {
    Page page = now(log.read(kept.state.channel(), from, to));
    long last = page.isEmpty() ? to : page.lastOffset();
    long first = page.isEmpty() ? to + 1 : page.firstOffset();
    for (long offset = from; offset <= last; offset++) {
      int index = (int) (offset - first);
      kept.publications.add(index < 0 ? null : page.publications().get(index));
      kept.storedMicros.add(time.micros());
    }
    return last;
  }

  private static <T> T now(Uni<T> answer) {
    return answer.subscribeAsCompletionStage().getNow(null);
  }

  /** Which incarnation this epoch was, from 0. */
  int ordinal(long epoch) {
    int ordinal = epochs.indexOf(epoch);
    Violation.unless(ordinal >= 0, "epoch %d never was", epoch);
    return ordinal;
  }

  long epoch() {
    return log.epoch();
  }

  long epochSinceMicros() {
    return epochSinceMicros;
  }

  private Kept kept(long epoch, Channel channel) {
    Map<Channel, Kept> all = byEpoch.get(epoch);
    return all == null ? null : all.get(channel);
  }

  /** The channel as it was last in that epoch. */
  ChannelState state(long epoch, Channel channel) {
    Kept kept = kept(epoch, channel);
    if (kept == null) {
      throw new Violation(channel + " never was in epoch " + epoch);
    }
    return kept.state;
  }

  ChannelState state(Channel channel) {
    return state(epoch(), channel);
  }

  /** How long ago the channel's head was last the one given; 0 if it still is. */
  long ageMicros(Channel channel, long head) {
    Kept kept = kept(epoch(), channel);
    return head >= kept.storedMicros.size() ? 0 : time.micros() - kept.storedMicros.get((int) head);
  }

  /** Null if there never was one. */
  Publication publication(long epoch, Channel channel, long offset) {
    Kept kept = kept(epoch, channel);
    boolean isKept = kept != null && offset >= 1 && offset <= kept.publications.size();
    return isKept ? kept.publications.get((int) offset - 1) : null;
  }

  /** Every publication that was ever in this channel in that epoch. */
  List<Publication> publications(long epoch, Channel channel) {
    Kept kept = kept(epoch, channel);
    return kept == null ? List.of() : kept.publications.stream().filter(Objects::nonNull).toList();
  }

  List<Long> epochs() {
    return epochs;
  }
}
