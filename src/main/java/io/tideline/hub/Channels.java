package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.util.List;

/**
 * What can be done with channels as a whole. Failures are {@link
 * io.tideline.stream.HistoryException}s.
 */
public final class Channels {
  private final Hub hub;
  private final History history;
  private final Namespaces namespaces;

  public Channels(Hub hub, History history, Namespaces namespaces) {
    this.hub = hub;
    this.history = history;
    this.namespaces = namespaces;
  }

  /** The state of a channel as the log has it. */
  public Uni<ChannelState> state(Grant grant) {
    var channel = grant.channelFor(Action.SUBSCRIBE);
    if (namespaces.of(channel).isEphemeral()) {
      return Uni.createFrom().item(ChannelState.unused(channel, Publication.EPHEMERAL_EPOCH));
    }
    return history.states(List.of(channel)).map(states -> states.get(0));
  }

  /** Used channels by name; the caller leaves out those that its client may not see. */
  public Uni<List<ChannelState>> list(String prefix, String after, int limit) {
    return history.list(prefix, after, limit);
  }

  /**
   * Removes everything up to {@code through}, on this node at once, on others with the sweep at the
   * latest.
   */
  public Uni<ChannelState> purge(Grant grant, Position through) {
    return history.purge(grant.channelFor(Action.ADMIN), through.offset()).call(hub::changed);
  }
}
