package io.tideline.simulation;

import com.google.errorprone.annotations.FormatMethod;

/** A promise was broken. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  Violation(String message) {
    super(message);
  }

  /** For where it is thrown seldom and checked often. */
  @FormatMethod
  static Violation of(String message, Object... values) {
    return new Violation(String.format(message, values));
  }

  @FormatMethod
  static void unless(boolean holds, String message, Object... values) {
    if (!holds) {
      throw of(message, values);
    }
  }
}
