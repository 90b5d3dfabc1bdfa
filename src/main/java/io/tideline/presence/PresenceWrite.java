package io.tideline.presence;

import java.util.List;

/**
 * Changes of one node's members that are written together.
 *
 * @param members each channel and subject once
 * @param seats each channel and connection once
 */
public record PresenceWrite(List<MemberCount> members, List<SeatChange> seats) {
  public PresenceWrite {
    members = List.copyOf(members);
    seats = List.copyOf(seats);
  }

  /** Rows that it touches. */
  public int size() {
    return members.size() + seats.size();
  }
}
