package io.tideline.presence;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The presence of one channel as this node knows it: a state that was read, and the changes since.
 * Changes are applied as they come, and sent together. Not thread-safe.
 *
 * <pre>
 * UNREAD    the state isn't known, or a change was missed: it is to be read
 * NAMED     all members are known by name
 * COUNTED   there are too many to be named: their number is known
 * </pre>
 */
public final class ChannelPresence {
  private final int namedMax;

  /** Null until something was told. */
  private @Nullable MemberList told;

  /** Null where there are too many. */
  private @Nullable SortedSet<String> members;

  private Occupancy now;
  private boolean isRead;

  /**
   * Makes one that is unread.
   *
   * @param namedMax members up to which they are told by name
   */
  public ChannelPresence(Occupancy unknown, int namedMax) {
    this.now = unknown;
    this.namedMax = namedMax;
  }

  /** Whether its state is to be read before changes can be heard. */
  public boolean isUnread() {
    return !isRead;
  }

  /** Something was missed: what is known stays until it was read anew. */
  public void forget() {
    isRead = false;
  }

  /** The state as the store has it. */
  public void read(MemberList state) {
    isRead = true;
    now = state.occupancy();
    members = state.isNamed() && mayName(state.members()) ? new TreeSet<>(state.members()) : null;
  }

  private boolean mayName(Iterable<String> names) {
    return now.count() <= namedMax && MemberList.canName(names);
  }

  /** A change, in the order of their versions; those that are known already do no harm. */
  public void apply(PresenceChange change) {
    if (!isRead || change.occupancy().version() <= now.version()) {
      return;
    }
    boolean isNext = change.after() == now.version() || (isFirst(change) && now.isVacant());
    now = change.occupancy();
    if (members == null) {
      // Few enough to be named again: who they are must be read.
      isRead = now.count() > namedMax;
    } else if (!isNext) {
      isRead = false;
    } else {
      members.removeAll(change.gone());
      members.addAll(change.joined());
      if (!mayName(members)) {
        members = null;
      } else if (members.size() != now.count()) {
        isRead = false;
      }
    }
  }

  /** The store knew of none before: nobody was there, whatever the version was. */
  private static boolean isFirst(PresenceChange change) {
    return change.after() == 0;
  }

  /** What has changed since this was asked last; empty if nothing has that can be told. */
  public Optional<PresenceNews> news() {
    if (!isRead || isAsTold()) {
      return Optional.empty();
    }
    MemberList state = new MemberList(now, members == null ? null : List.copyOf(members));
    PresenceNews news = new PresenceNews(state, step(state));
    told = state;
    return Optional.of(news);
  }

  /** The newest that was told; null before. */
  public @Nullable MemberList told() {
    return told;
  }

  private boolean isAsTold() {
    return told != null
        && told.occupancy().count() == now.count()
        && told.occupancy().anonymous() == now.anonymous()
        && told.isNamed() == (members != null)
        && (members == null || told.members().equals(List.copyOf(members)));
  }

  private PresenceNews.@Nullable Step step(MemberList state) {
    if (told == null || !told.isNamed() || !state.isNamed()) {
      return null;
    }
    List<String> joined = without(state.members(), told.members());
    List<String> left = without(told.members(), state.members());
    if (joined.size() + left.size() > state.members().size() + 1) {
      // The state says it in fewer names.
      return null;
    }
    Occupancy before = told.occupancy();
    return new PresenceNews.Step(
        before.version(), state.occupancy(), joined, left, before.isVacant());
  }

  private static List<String> without(List<String> these, List<String> those) {
    List<String> rest = new ArrayList<>();
    TreeSet<String> known = new TreeSet<>(those);
    these.stream().filter(each -> !known.contains(each)).forEach(rest::add);
    return rest;
  }
}
