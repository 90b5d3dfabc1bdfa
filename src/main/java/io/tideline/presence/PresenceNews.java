package io.tideline.presence;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What those who watch a channel are told: its state, and, for whoever knows the state before, how
 * it came about.
 *
 * @param step null if only the state can be told
 */
public record PresenceNews(MemberList state, @Nullable Step step) {
  public PresenceNews {
    Objects.requireNonNull(state);
  }

  /**
   * From one state that was told to the next.
   *
   * @param after the version that it goes on from
   * @param occupied whether nobody was there before
   */
  public record Step(
      long after, Occupancy occupancy, List<String> joined, List<String> left, boolean occupied) {
    public Step {
      Objects.requireNonNull(occupancy);
      joined = List.copyOf(joined);
      left = List.copyOf(left);
    }
  }

  public long version() {
    return state.occupancy().version();
  }
}
