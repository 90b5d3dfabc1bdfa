package io.tideline.hub;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Grant;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Page;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

  /**
   * Publications that are retained, and the channel's state; at most one page of {@link History}.
   *
   * @param since where to begin, exclusive; null for the oldest, or the newest if reversed. Its
   *     epoch isn't looked at
   * @param limit publications at most; 0 for the state alone
   * @param isReverse from the newest to the oldest
   */
  public Uni<Page> history(Grant grant, @Nullable Position since, int limit, boolean isReverse) {
    return state(grant)
        .chain(
            state ->
                isReverse
                    ? before(state, since == null ? state.head() + 1 : since.offset(), limit)
                    : after(state, since == null ? state.first() - 1 : since.offset(), limit));
  }

  private Uni<Page> after(ChannelState state, long offset, int limit) {
    long from = Math.max(state.first(), offset + 1);
    return read(state, from, Math.min(state.head(), from - 1 + limit));
  }

  private Uni<Page> before(ChannelState state, long offset, int limit) {
    long to = Math.min(state.head(), offset - 1);
    long from = Math.max(state.first(), to + 1 - Math.min(limit, History.PAGE_MESSAGES_MAX));
    return read(state, from, to).map(Channels::reversed);
  }

  private Uni<Page> read(ChannelState state, long from, long to) {
    return from > to
        ? Uni.createFrom().item(new Page(state, List.of()))
        : history.read(state.channel(), from, to);
  }

  private static Page reversed(Page page) {
    List<Publication> newestFirst = new ArrayList<>(page.publications());
    Collections.reverse(newestFirst);
    return new Page(page.state(), newestFirst);
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
