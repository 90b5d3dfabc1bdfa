package io.tideline.hub;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reads the states of channels from the log: once however many want the same one, many in one
 * query, at most {@value #READS_MAX} queries at a time. Any thread.
 */
final class States {
  static final int READS_MAX = 2;

  private final History history;
  private final Map<LocalChannel, List<Consumer<HistoryException>>> wanted = new LinkedHashMap<>();
  private int reads;

  States(History history) {
    this.history = history;
  }

  /**
   * Reads the channel's state anew, lets the channel know, and calls back on the channel's home
   * lane: with null when that is done, or with why it couldn't.
   */
  void read(LocalChannel local, Consumer<HistoryException> done) {
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
        .with(states -> found(batch, states), failure -> failed(batch, failure));
  }

  private record Wanted(LocalChannel local, List<Consumer<HistoryException>> callbacks) {
    void tell(HistoryException failure) {
      callbacks.forEach(callback -> callback.accept(failure));
    }
  }

  private Map<Channel, Wanted> take() {
    Map<Channel, Wanted> batch = new HashMap<>();
    Iterator<Map.Entry<LocalChannel, List<Consumer<HistoryException>>>> oldest =
        wanted.entrySet().iterator();
    while (oldest.hasNext() && batch.size() < History.STATES_MAX) {
      Map.Entry<LocalChannel, List<Consumer<HistoryException>>> entry = oldest.next();
      batch.put(entry.getKey().channel(), new Wanted(entry.getKey(), entry.getValue()));
      oldest.remove();
    }
    return batch;
  }

  private void found(Map<Channel, Wanted> batch, List<ChannelState> states) {
    ended();
    for (ChannelState state : states) {
      Wanted wanted = batch.get(state.channel());
      wanted
          .local()
          .home()
          .run(
              () -> {
                wanted.local().read(state);
                wanted.tell(null);
              });
    }
  }

  private void failed(Map<Channel, Wanted> batch, Throwable failure) {
    ended();
    HistoryException why =
        failure instanceof HistoryException known
            ? known
            : new HistoryException.Unavailable("reading the states of channels failed", failure);
    batch.values().forEach(wanted -> wanted.local().home().run(() -> wanted.tell(why)));
  }

  private void ended() {
    synchronized (this) {
      reads--;
    }
    readMore();
  }
}
