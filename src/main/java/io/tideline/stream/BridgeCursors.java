package io.tideline.stream;

import io.smallrye.mutiny.Uni;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Where one bridge stands that carries channels elsewhere, a cursor a channel, and which node does
 * it. Methods may be called from any thread, do nothing until subscribed to, and fail with {@link
 * HistoryException.Unavailable}, after which they may be repeated.
 */
public interface BridgeCursors {
  /** Takes the duty, or renews it; false if another node has it. */
  Uni<Boolean> hold();

  /** Gives the duty up, if it is this node's. */
  Uni<Void> release();

  /**
   * Stores where channels begin that the bridge didn't have before, of the next {@code limit}
   * channels after this name. Channels that come into being when all have begun begin at their
   * first publication.
   *
   * @param isEarliest at the first retained publication, or else behind the head
   * @return where the next call goes on; null: all have begun
   */
  Uni<String> begin(boolean isEarliest, String after, int limit);

  /**
   * A look at the next channels by name.
   *
   * @param last where the next look goes on; null: this was the last
   */
  record Behind(String last, List<Channel> channels) {}

  /**
   * Of the next {@code limit} channels after this name those of the bridge that stand behind their
   * heads, or in another epoch.
   */
  Uni<Behind> behind(String after, int limit);

  /** As {@link History#changesSince}, but with what this node itself changed. */
  Uni<History.Changes> changesSince(History.ChangeCursor cursor);

  /** The positions behind what was carried; a channel that has none is at its beginning. */
  Uni<Map<Channel, Position>> positions(Collection<Channel> channels);

  /** Moves cursors forward, never back in an epoch; false if the duty is another node's. */
  Uni<Boolean> advance(Map<Channel, Position> carried);
}
