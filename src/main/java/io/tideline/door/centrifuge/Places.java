package io.tideline.door.centrifuge;

import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.util.HexFormat;

/** The protocol's positions: the epoch is our epoch in hexadecimal digits, the offset is ours. */
final class Places {
  private static final HexFormat HEX = HexFormat.of();
  private static final int EPOCH_DIGITS = 12;

  private Places() {}

  static Call.Place of(Position position) {
    return new Call.Place(HEX.toHexDigits(position.epoch(), EPOCH_DIGITS), position.offset());
  }

  /** The position; of an epoch that no log has, if the text is none of ours. */
  static Position position(Call.Place place) {
    return new Position(epoch(place.epoch()), Math.max(0, place.offset()));
  }

  /** Whether a position is good in a log of that epoch; a client may leave the epoch out. */
  static boolean isOf(Position position, long epoch) {
    return position.epoch() == epoch || position.epoch() == Start.Resume.ANY_EPOCH;
  }

  private static long epoch(String text) {
    if (text.isEmpty()) {
      return Start.Resume.ANY_EPOCH;
    }
    return text.length() == EPOCH_DIGITS && text.chars().allMatch(HexFormat::isHexDigit)
        ? HexFormat.fromHexDigitsToLong(text)
        : Start.Resume.NO_EPOCH;
  }
}
