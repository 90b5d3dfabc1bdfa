package io.tideline.access;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Ends the access of tokens before they expire.
 *
 * @param kind whose
 * @param value the subject or token id; null for {@link Kind#ALL}
 * @param before tokens that were issued earlier are refused; one issued then, or later, is not
 * @param until when no such token can be valid any more, so the revocation may be forgotten
 */
public record Revocation(Kind kind, @Nullable String value, Instant before, Instant until) {
  /** Characters of a subject or token id. */
  public static final int VALUE_CHARS_MAX = 1000;

  /** Whose tokens are refused. */
  public enum Kind {
    SUBJECT,
    TOKEN_ID,
    /** Everybody's. */
    ALL
  }

  public Revocation {
    Objects.requireNonNull(before);
    Objects.requireNonNull(until);
    if ((kind == Kind.ALL) != (value == null)) {
      throw new IllegalArgumentException("all but " + Kind.ALL + " have a value: " + kind);
    }
  }
}
