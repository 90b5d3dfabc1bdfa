package io.tideline.bridge;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.History.ChangeCursor;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which channels of a bridge have more than was carried.
 *
 * <p>It holds names alone, {@value #CHANNELS_MAX} at most. Of more, and after anything that makes
 * this node doubt what it knows, all channels are looked through again, some at each refreshment.
 * For one user at a time.
 */
final class Backlog {
  static final int CHANNELS_MAX = 10_000;
  private static final int CHANNELS_A_LOOK = CHANNELS_MAX / 2;

  private final boolean isEarliest;
  private final Predicate<Channel> isOurs;
  private final BridgeCursors cursors;

  private final Set<Channel> behind = new LinkedHashSet<>();
  private ChangeCursor changes = ChangeCursor.NONE;

  /** Where the beginning of channels goes on; null: all have begun. */
  private String beginAfter = "";

  /** Where the look through all channels goes on; null: it is over, and the changes tell. */
  private String lookAfter = "";

  /**
   * Makes a backlog that knows nothing.
   *
   * @param isEarliest where channels begin that are there when the bridge first starts
   * @param isOurs which channels the bridge carries
   */
  Backlog(boolean isEarliest, Predicate<Channel> isOurs, BridgeCursors cursors) {
    this.isEarliest = isEarliest;
    this.isOurs = isOurs;
    this.cursors = cursors;
  }

  /** Others carry on: what is known here will be old. */
  void forget() {
    behind.clear();
    changes = ChangeCursor.NONE;
    beginAfter = "";
    lookAfter = "";
  }

  int size() {
    return behind.size();
  }

  boolean contains(Channel channel) {
    return behind.contains(channel);
  }

  /** Whether channels are being looked through, so that the next refreshment may find more. */
  boolean isLooking() {
    return beginAfter != null || (lookAfter != null && hasRoom());
  }

  /** Of those that may be taken, who waited longest. */
  List<Channel> first(int channels, Predicate<Channel> mayBeTaken) {
    return behind.stream().filter(mayBeTaken).limit(channels).toList();
  }

  /** What a channel has is on its way; what comes meanwhile is news. */
  void taken(Channel channel) {
    behind.remove(channel);
  }

  /** A channel has more; it goes behind the others, so that each has its turn. */
  void add(Channel channel) {
    behind.add(channel);
  }

  /** The place among the changes is taken before the look at all, so nothing falls between. */
  Uni<?> refresh() {
    if (beginAfter != null) {
      return cursors
          .begin(isEarliest, beginAfter, CHANNELS_A_LOOK)
          .invoke(last -> beginAfter = last);
    }
    if (!hasRoom()) {
      return Uni.createFrom().nullItem();
    }
    if (changes.equals(ChangeCursor.NONE) || lookAfter == null) {
      return cursors.changesSince(changes).invoke(this::changed);
    }
    return cursors.behind(lookAfter, CHANNELS_A_LOOK).invoke(this::looked);
  }

  private boolean hasRoom() {
    return behind.size() <= CHANNELS_MAX - CHANNELS_A_LOOK;
  }

  private void looked(BridgeCursors.Behind found) {
    behind.addAll(found.channels());
    lookAfter = found.last();
  }

  private void changed(History.Changes news) {
    changes = news.next();
    List<Channel> changed =
        news.states().stream().map(ChannelState::channel).filter(isOurs).toList();
    if (!news.complete() || behind.size() + changed.size() > CHANNELS_MAX) {
      lookAfter = "";
    } else {
      behind.addAll(changed);
    }
  }
}
