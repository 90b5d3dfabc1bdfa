package io.tideline.presence;

import io.tideline.stream.Channel;
import java.util.Objects;

/**
 * A seat that was taken or given up. One that is taken while it was known already tells of its
 * connection anew: its subject, or its info, is another one.
 */
public record SeatChange(Channel channel, Seat seat, boolean isTaken) {
  public SeatChange {
    Objects.requireNonNull(channel);
    Objects.requireNonNull(seat);
  }
}
