package io.tideline.stream;

import io.tideline.stream.InvalidInputException.Subject;
import java.util.Map;

/**
 * Where a reader of several channels stands: an offset a channel, channels named by {@link
 * Channel#hash48()}. At most {@value #CHANNELS_MAX} channels, at most 1.5 KiB encoded.
 */
public record VectorPosition(long epoch, Map<Long, Long> offsets) {
  public static final int CHANNELS_MAX = 64;

  public VectorPosition {
    if (epoch < 0 || epoch > PositionCodec.HASH_MAX || offsets.size() > CHANNELS_MAX) {
      throw new InvalidInputException(Subject.POSITION, PositionCodec.NOT_OURS);
    }
    offsets = Map.copyOf(offsets);
  }

  /** Also takes a single-channel position, which then knows no channel by name and is refused. */
  public static VectorPosition parse(String text) {
    return PositionCodec.parseVector(text);
  }

  public String encode() {
    return PositionCodec.encode(this);
  }

  /** The position in this channel, or null if this vector doesn't know it. */
  public Position of(Channel channel) {
    Long offset = offsets.get(channel.hash48());
    return offset == null ? null : new Position(epoch, offset);
  }
}
