package io.tideline.hub;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A reader of channels' states from the log: each once however many want it, many in one query, at
 * most {@value #READS_MAX} queries at a time. Any thread.
 */
final class ChannelStateReader {
  static final int READS_MAX = 2;

  private final History history;
  private final Map<LocalChannel, List<Consumer<Optional<ChannelState>>>> wanted =
      new LinkedHashMap<>();
  private int reads;

  ChannelStateReader(History history) {
    this.history = history;
  }

  /**
   * Reads the channel's state anew, lets the channel know, and calls back on the channel's home
   * lane: with what the log said, or with nothing if it couldn't be asked.
   */
  void read(LocalChannel local, Consumer<Optional<ChannelState>> done) {
    synchronized (this) {
      wanted.computeIfAbsent(local, key -> new ArrayList<>(1)).add(done);
    }
    readMore();
  }

  private void readMore() {
    Map<Channel, Wanted> batch;
    synchronized (this) {
      if (reads == READS_MAX || wanted.isEmpty()) {
        return;
      }
      reads++;
      batch = take();
    }
    history
        .states(batch.keySet())
        .subscribe()
        .with(states -> found(batch, states), failure -> failed(batch));
  }

  private record Wanted(
      LocalChannel local, int askedIn, List<Consumer<Optional<ChannelState>>> callbacks) {
    void complete(Optional<ChannelState> read) {
      callbacks.forEach(callback -> callback.accept(read));
    }
  }

  private Map<Channel, Wanted> take() {
    Map<Channel, Wanted> batch = new HashMap<>();
    Iterator<Map.Entry<LocalChannel, List<Consumer<Optional<ChannelState>>>>> oldest =
        wanted.entrySet().iterator();
    while (oldest.hasNext() && batch.size() < History.STATES_MAX) {
      Map.Entry<LocalChannel, List<Consumer<Optional<ChannelState>>>> entry = oldest.next();
      LocalChannel local = entry.getKey();
      Wanted next = new Wanted(local, local.incarnation(), entry.getValue());
      if (batch.putIfAbsent(local.channel(), next) == null) {
        oldest.remove();
      }
    }
    return batch;
  }

  private void found(Map<Channel, Wanted> batch, List<ChannelState> states) {
    ended();
    for (ChannelState state : states) {
      Wanted wanted = batch.get(state.channel());
      wanted.local().home().run(() -> found(wanted, state));
    }
  }

  private void found(Wanted wanted, ChannelState state) {
    if (wanted.local().read(state, wanted.askedIn())) {
      wanted.complete(Optional.of(state));
    } else {
      wanted.callbacks().forEach(callback -> read(wanted.local(), callback));
    }
  }

  private void failed(Map<Channel, Wanted> batch) {
    ended();
    batch
        .values()
        .forEach(wanted -> wanted.local().home().run(() -> wanted.complete(Optional.empty())));
  }

  private void ended() {
    synchronized (this) {
      reads--;
    }
    readMore();
  }
}
