package io.tideline.door.rest;

import io.tideline.access.Identity;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The log of what was done to others: logger {@value #LOGGER}, level INFO, a line each, once it is
 * done.
 */
final class AuditLog {
  static final String LOGGER = "io.tideline.audit";

  private static final Logger LOG = Logger.getLogger(LOGGER);
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\\\]");

  private AuditLog() {}

  /** Writes that this was done. */
  static void done(Identity by, String what) {
    LOG.infof("%s %s", printable(by.subject()), what);
  }

  /** Subjects and ids may be any text, even one that looks like the log's next line. */
  static String printable(@Nullable String text) {
    return text == null
        ? ""
        : UNPRINTABLE
            .matcher(text)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(
                        String.format(Locale.ROOT, "\\u%04x", found.group().codePointAt(0))));
  }
}
