package io.tideline.postgres;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History.Changes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What this node's own batches changed whose answer came too late for their caller. The sweep
 * leaves out what the node itself wrote, as it knows that from the answers; so these are told with
 * it.
 */
final class LateChanges {
  private final Map<Channel, ChannelState> states = new HashMap<>();

  synchronized void add(List<ChannelState> changed) {
    changed.forEach(state -> states.merge(state.channel(), state, LateChanges::newer));
  }

  synchronized Changes addTo(Changes changes) {
    if (states.isEmpty()) {
      return changes;
    }
    List<ChannelState> all = new ArrayList<>(changes.states());
    all.addAll(states.values());
    states.clear();
    return new Changes(changes.next(), all, changes.complete());
  }

  private static ChannelState newer(ChannelState one, ChannelState other) {
    return one.head() >= other.head() ? one : other;
  }
}
