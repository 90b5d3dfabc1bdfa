package io.tideline.door.pages;

import io.tideline.net.http.QueryFlag;
import io.tideline.protocol.Starts;
import io.tideline.stream.History;
import io.tideline.stream.InvalidInputException;
import io.tideline.stream.InvalidInputException.Subject;
import io.tideline.stream.Start;
import io.vertx.core.MultiMap;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a page is to hold.
 *
 * @param hold how long it may be held until there is a message; zero for not at all
 */
record PageRequest(Start start, int limit, Duration hold) {
  /** They change nothing here, but what is none must not be passed over. */
  private static final List<String> STREAM_FLAGS = List.of("envelope", "presence");

  private static final Pattern WAIT = Pattern.compile("0*(\\d+?)(ms|s)");

  /** What has more digits is longer than any wait, whatever its unit. */
  private static final int WAIT_DIGITS_MAX = 15;

  /** From a query; a longer wait than allowed becomes what is allowed. */
  static PageRequest of(MultiMap query, Duration waitMax) {
    STREAM_FLAGS.forEach(name -> QueryFlag.of(query, name));
    if (query.contains("lastEventId")) {
      throw new InvalidInputException(
          Subject.PARAMETER,
          "'lastEventId' is for event streams: a page begins at 'after', or accept"
              + " text/event-stream.");
    }
    Duration asked = wait(query.get("wait"));
    Duration hold = asked.compareTo(waitMax) > 0 ? waitMax : asked;
    Start start =
        Starts.of(query.get("after"), query.get("last"), query.get("since"))
            .orElse(hold.isZero() ? Start.EARLIEST : Start.NOW);
    return new PageRequest(start, limit(query.get("limit")), hold);
  }

  boolean waits() {
    return !hold.isZero();
  }

  private static int limit(String text) {
    if (text == null) {
      return History.PAGE_MESSAGES_MAX;
    }
    if (text.matches("\\d{1,3}")) {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= History.PAGE_MESSAGES_MAX) {
        return limit;
      }
    }
    throw new InvalidInputException(
        Subject.PARAMETER,
        "'limit' must be a number of messages from 1 to " + History.PAGE_MESSAGES_MAX + ".");
  }

  private static Duration wait(String text) {
    if (text == null) {
      return Duration.ZERO;
    }
    Matcher wait = WAIT.matcher(text);
    if (!wait.matches()) {
      throw new InvalidInputException(
          Subject.PARAMETER,
          "'wait' must be a time in seconds or milliseconds, such as 30s or 500ms.");
    }
    if (wait.group(1).length() > WAIT_DIGITS_MAX) {
      return Duration.ofSeconds(Long.MAX_VALUE);
    }
    long number = Long.parseLong(wait.group(1));
    return wait.group(2).equals("s") ? Duration.ofSeconds(number) : Duration.ofMillis(number);
  }
}
