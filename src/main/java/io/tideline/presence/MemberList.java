package io.tideline.presence;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The members of a channel at one version.
 *
 * @param members by name; null where they are too many to be named
 */
public record MemberList(Occupancy occupancy, @Nullable List<String> members) {
  /** Characters of all names together; beyond, they aren't named. */
  public static final int NAMES_CHARS_MAX = 32 << 10;

  public MemberList {
    Objects.requireNonNull(occupancy);
    members = members == null ? null : List.copyOf(members);
  }

  /**
   * The same, without the names if they are too many or too long together.
   *
   * @param namedMax members that may be named
   */
  public MemberList within(int namedMax) {
    boolean fits = members == null || (members.size() <= namedMax && canName(members));
    return fits ? this : new MemberList(occupancy, null);
  }

  public boolean isNamed() {
    return members != null;
  }

  static boolean canName(Iterable<String> members) {
    long chars = 0;
    for (String member : members) {
      chars += member.length();
    }
    return chars <= NAMES_CHARS_MAX;
  }
}
