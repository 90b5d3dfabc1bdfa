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
  private enum State {
    UNREAD,
    NAMED,
    COUNTED
  }

  private final int namedMax;
  private State state = State.UNREAD;

  /** Null until something was told. */
  private @Nullable MemberList told;

  /** Those that are known by name; worth something while NAMED only. */
  private final SortedSet<String> members = new TreeSet<>();

  private Occupancy now;

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
    return state == State.UNREAD;
  }

  /** Something was missed: what is known stays until it was read anew. */
  public void forget() {
    state = State.UNREAD;
  }

  /** The state as the store has it. */
  public void read(MemberList stored) {
    now = stored.occupancy();
    members.clear();
    if (stored.isNamed() && mayName(stored.members())) {
      members.addAll(stored.members());
      state = State.NAMED;
    } else {
      state = State.COUNTED;
    }
  }

  private boolean mayName(Iterable<String> names) {
    return now.count() <= namedMax && MemberList.canName(names);
  }

  /** A change, in the order of their versions; those that are known already do no harm. */
  public void apply(PresenceChange change) {
    if (state == State.UNREAD || change.occupancy().version() <= now.version()) {
      return;
    }
    boolean isNext = change.after() == now.version() || (isFirst(change) && now.isVacant());
    now = change.occupancy();
    state = state == State.COUNTED ? counted() : isNext ? moved(change) : State.UNREAD;
  }

  /** Few enough to be named again: who they are must be read. */
  private State counted() {
    return now.count() > namedMax ? State.COUNTED : State.UNREAD;
  }

  private State moved(PresenceChange change) {
    members.removeAll(change.gone());
    members.addAll(change.joined());
    if (!mayName(members)) {
      return State.COUNTED;
    }
    return members.size() == now.count() ? State.NAMED : State.UNREAD;
  }

  /** The store knew of none before: nobody was there, whatever the version was. */
  private static boolean isFirst(PresenceChange change) {
    return change.after() == 0;
  }

  /** What has changed since this was asked last; empty if nothing has that can be told. */
  public Optional<PresenceNews> news() {
    if (isUnread() || isAsTold()) {
      return Optional.empty();
    }
    MemberList known = new MemberList(now, isNamed() ? List.copyOf(members) : null);
    PresenceNews news = new PresenceNews(known, step(known));
    told = known;
    return Optional.of(news);
  }

  private boolean isNamed() {
    return state == State.NAMED;
  }

  private boolean isAsTold() {
    return told != null
        && told.occupancy().count() == now.count()
        && told.occupancy().anonymous() == now.anonymous()
        && told.isNamed() == isNamed()
        && (!isNamed() || told.members().equals(List.copyOf(members)));
  }

  private PresenceNews.@Nullable Step step(MemberList known) {
    if (told == null || !told.isNamed() || !known.isNamed()) {
      return null;
    }
    List<String> joined = without(known.members(), told.members());
    List<String> left = without(told.members(), known.members());
    if (joined.size() + left.size() > known.members().size() + 1) {
      // The state says it in fewer names.
      return null;
    }
    Occupancy before = told.occupancy();
    return new PresenceNews.Step(
        before.version(), known.occupancy(), joined, left, before.isVacant());
  }

  private static List<String> without(List<String> these, List<String> those) {
    List<String> rest = new ArrayList<>();
    TreeSet<String> known = new TreeSet<>(those);
    these.stream().filter(each -> !known.contains(each)).forEach(rest::add);
    return rest;
  }
}
