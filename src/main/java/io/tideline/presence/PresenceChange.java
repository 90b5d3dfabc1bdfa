package io.tideline.presence;

import java.util.List;
import java.util.Objects;

/**
 * One step of a channel's presence.
 *
 * @param after the version before it
 * @param occupancy after it
 */
public record PresenceChange(
    long after, Occupancy occupancy, List<String> joined, List<String> gone) {
  public PresenceChange {
    Objects.requireNonNull(occupancy);
    joined = List.copyOf(joined);
    gone = List.copyOf(gone);
  }
}
