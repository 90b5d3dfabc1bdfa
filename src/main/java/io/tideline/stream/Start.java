package io.tideline.stream;

import java.time.Instant;

/**
 * Where a subscription or a page begins, as the client asked for it; resolved to an offset against
 * the log.
 */
public sealed interface Start {
  Start NOW = new Now();
  Start EARLIEST = new Earliest();

  /** Nothing that is already there. */
  record Now() implements Start {}

  /** Everything that is retained. */
  record Earliest() implements Start {}

  /** Everything after a position that the client got before. */
  record After(Position position) implements Start {}

  /**
   * Everything after a position, if all of it is still there; else nothing that is already there.
   *
   * @param position its epoch may be {@link #ANY_EPOCH}
   * @param isStrict whether to subscribe only if all of it is there
   */
  record Resume(Position position, boolean isStrict) implements Start {
    /** Stands for the epoch that the log has. */
    public static final long ANY_EPOCH = Publication.EPHEMERAL_EPOCH;

    /** Stands for an epoch that no log has. */
    public static final long NO_EPOCH = PositionCodec.HASH_MAX;

    /** The position in a log of this epoch. */
    public Position in(long logEpoch) {
      return position.epoch() == ANY_EPOCH ? new Position(logEpoch, position.offset()) : position;
    }
  }

  /** The newest {@code count} publications. */
  record Last(int count) implements Start {
    public Last {
      if (count < 0) {
        throw new InvalidInputException(
            InvalidInputException.Subject.PARAMETER,
            "'last' must be a number of messages, 0 or more.");
      }
    }
  }

  /** Everything whose time is at or after this moment. */
  record Since(Instant time) implements Start {}
}
