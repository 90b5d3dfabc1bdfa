package io.tideline.presence;

import java.util.List;

/**
 * The seats of a channel, over all nodes.
 *
 * @param seats in the order of the connections' names; no more than were asked for
 * @param count how many there are
 * @param subjects different subjects that have one
 */
public record SeatList(List<Seat> seats, long count, long subjects) {
  public SeatList {
    seats = List.copyOf(seats);
  }
}
