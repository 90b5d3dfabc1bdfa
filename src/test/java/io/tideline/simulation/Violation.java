package io.tideline.simulation;

import com.google.errorprone.annotations.FormatMethod;

/** A promise was broken. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  Violation(String message) {
    super(message);
  }

  @FormatMethod
  static void unless(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new Violation(String.format(message, values));
    }
  }
}
