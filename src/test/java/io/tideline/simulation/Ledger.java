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

/**
 * What was really in the log, kept beside it: every publication of every epoch, also of those that
 * are gone. Brought up to date after each event, so nothing escapes it.
 */
final class Ledger {
  private final MemoryHistory log;
  private final List<Channel> channels;
  private final List<Long> epochs = new ArrayList<>();
  private final Map<Key, Kept> byKey = new HashMap<>();
  private boolean isTouched = true;

  private record Key(long epoch, Channel channel) {}

  private static final class Kept {
    ChannelState state;
    final Map<Long, Publication> publications = new HashMap<>();
  }

  /** The log, seen by someone to whom nothing ever happens. */
  Ledger(MemoryHistory log, List<Channel> channels) {
    this.log = log.node("ledger");
    this.channels = channels;
  }

  /** The log is about to be asked or changed. */
  void touched() {
    isTouched = true;
  }

  void update() {
    if (!isTouched) {
      return;
    }
    isTouched = false;
    long epoch = log.epoch();
    if (!epochs.contains(epoch)) {
      epochs.add(epoch);
    }
    for (ChannelState state : now(log.states(channels))) {
      Kept kept = byKey.computeIfAbsent(new Key(epoch, state.channel()), key -> new Kept());
      long known = kept.state == null ? 0 : kept.state.head();
      kept.state = state;
      while (known < state.head()) {
        known = copy(kept, known + 1, state.head());
      }
    }
  }

  private long copy(Kept kept, long from, long to) {
    Page page = now(log.read(kept.state.channel(), from, to));
    for (Publication publication : page.publications()) {
      kept.publications.put(publication.offset(), publication);
    }
    return page.isEmpty() ? to : page.lastOffset();
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

  /** The channel as it was last in that epoch. */
  ChannelState state(long epoch, Channel channel) {
    Kept kept = byKey.get(new Key(epoch, channel));
    Violation.unless(kept != null, "%s never was in epoch %d", channel, epoch);
    return kept.state;
  }

  ChannelState state(Channel channel) {
    return state(epoch(), channel);
  }

  /** Null if there never was one. */
  Publication publication(long epoch, Channel channel, long offset) {
    Kept kept = byKey.get(new Key(epoch, channel));
    return kept == null ? null : kept.publications.get(offset);
  }

  /** Every publication that was ever in this channel in that epoch. */
  List<Publication> publications(long epoch, Channel channel) {
    Kept kept = byKey.get(new Key(epoch, channel));
    return kept == null ? List.of() : List.copyOf(kept.publications.values());
  }

  List<Long> epochs() {
    return epochs;
  }
}
