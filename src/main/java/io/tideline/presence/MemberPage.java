package io.tideline.presence;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Members of a channel in the order of their names, and how many there are.
 *
 * @param connections of all members, and without a name
 * @param next the name after which the next page begins; null at the end
 */
public record MemberPage(
    Occupancy occupancy, long connections, List<Member> members, @Nullable String next) {
  public MemberPage {
    Objects.requireNonNull(occupancy);
    members = List.copyOf(members);
  }

  /**
   * A subject that is there.
   *
   * @param since when the oldest of its connections that are there came
   */
  public record Member(String subject, long connections, Instant since) {
    public Member {
      Objects.requireNonNull(subject);
      Objects.requireNonNull(since);
    }
  }
}
