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
