package io.tideline.authorizer;

import io.tideline.access.Authorizer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How long an answer may be kept, as its head says (RFC 9111, sections 4.2, 5.1 and 5.2.2). */
final class Freshness {
  private static final Pattern MAX_AGE = Pattern.compile("max-age=\"?(\\d{1,18})\"?");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");

  private Freshness() {}

  /**
   * At most {@link Authorizer#ANSWER_MAX}; zero if it may not be kept, or doesn't say how long.
   *
   * @param cacheControl all fields of that name
   * @param age null if there is none
   */
  static Duration of(List<String> cacheControl, @Nullable String age) {
    long seconds = -1;
    for (String field : cacheControl) {
      for (String part : field.toLowerCase(Locale.ROOT).split(",", -1)) {
        String directive = part.strip();
        if (directive.startsWith("no-store") || directive.startsWith("no-cache")) {
          return Duration.ZERO;
        }
        if (directive.startsWith("max-age")) {
          long named = maxAge(directive);
          seconds = seconds < 0 ? named : Math.min(seconds, named);
        }
      }
    }
    long left = Math.max(0, seconds) - seconds(age);
    return Duration.ofSeconds(Math.max(0, Math.min(left, Authorizer.ANSWER_MAX.toSeconds())));
  }

  /** One that can't be read is none at all. */
  private static long maxAge(String directive) {
    Matcher matcher = MAX_AGE.matcher(directive);
    return matcher.matches() ? Long.parseLong(matcher.group(1)) : 0;
  }

  private static long seconds(@Nullable String age) {
    return age != null && NUMBER.matcher(age.strip()).matches() ? Long.parseLong(age.strip()) : 0;
  }
}
