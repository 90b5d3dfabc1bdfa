package io.tideline.presence;

import io.tideline.stream.Channel;
import java.util.Objects;

/**
 * How many are in a channel.
 *
 * @param version of the presence's newest change, or that of a later one elsewhere if it was
 *     forgotten; 0 if there has been none. Only ever grows
 * @param count members: different subjects
 * @param anonymous connections without a subject
 */
public record Occupancy(Channel channel, long version, long count, long anonymous) {
  public Occupancy {
    Objects.requireNonNull(channel);
  }

  public boolean isVacant() {
    return count == 0 && anonymous == 0;
  }
}
