package io.tideline.protocol;

import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Where to begin, as clients write it: {@code after}, {@code last} or {@code since}. */
public final class Starts {
  private static final Pattern RFC_3339 =
      Pattern.compile(
          "\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})");

  private Starts() {}

  /**
   * What the three parameters say together; each may be null.
   *
   * @return empty if none is there
   * @throws InvalidInputException if more than one is there, or one can't be read
   */
  public static Optional<Start> of(String after, String last, String since) {
    if (Stream.of(Optional.ofNullable(after), Optional.ofNullable(last), Optional.ofNullable(since))
            .filter(Optional::isPresent)
            .count()
        > 1) {
      throw new InvalidInputException(
          Subject.PARAMETER, "Send only one of 'after', 'last' and 'since'.");
    }
    if (after != null) {
      return Optional.of(after(after));
    }
    if (last != null) {
      return Optional.of(last(last));
    }
    return Optional.ofNullable(since).map(Starts::since);
  }

  public static Start after(String text) {
    return switch (text) {
      case "earliest" -> Start.EARLIEST;
      case "now" -> Start.NOW;
      default -> new Start.After(Position.parse(text));
    };
  }

  private static Start last(String digits) {
    try {
      return new Start.Last(Integer.parseInt(digits));
    } catch (NumberFormatException e) {
      throw new InvalidInputException(
          Subject.PARAMETER,
          "'last' must be a number of messages, 0 to " + Integer.MAX_VALUE + ".");
    }
  }

  private static Start since(String text) {
    return new Start.Since(nextMicrosecond(time("since", text)));
  }

  /** Messages are dated in microseconds: none that was stored before may count as stored at it. */
  private static Instant nextMicrosecond(Instant since) {
    Instant whole = since.truncatedTo(ChronoUnit.MICROS);
    return whole.equals(since) ? since : whole.plus(1, ChronoUnit.MICROS);
  }

  /**
   * A moment as RFC 3339 writes it.
   *
   * @throws InvalidInputException if it is none
   */
  public static Instant time(String name, String text) {
    try {
      if (RFC_3339.matcher(text).matches()) {
        return OffsetDateTime.parse(text).toInstant();
      }
    } catch (DateTimeException e) {
      throw notATime(name);
    }
    throw notATime(name);
  }

  private static InvalidInputException notATime(String name) {
    return new InvalidInputException(
        Subject.PARAMETER,
        "'"
            + name
            + "' must be a time (RFC 3339), such as 2026-11-21T06:00:00Z (in a URL, '+' is %2B).");
  }
}
