package io.tideline.protocol;

import java.util.Set;
import java.util.TreeSet;

/**
 * Ends the reading of what a client sent; never leaves this package, and carries no stack trace,
 * since a client can cause it as often as it likes.
 */
final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What of the client's own words is repeated to it. */
  private static final int ECHO_CHARS_MAX = 60;

  private final transient ProblemDetails problem;

  RefusedException(Problem problem, String detail) {
    super(detail, null, false, false);
    this.problem = ProblemDetails.of(problem, detail);
  }

  ProblemDetails problem() {
    return problem;
  }

  static RefusedException unknownField(String name, Set<String> known) {
    String echo = name.length() <= ECHO_CHARS_MAX ? name : name.substring(0, ECHO_CHARS_MAX) + "…";
    return new RefusedException(
        Problem.UNKNOWN_FIELD,
        "Unknown field '" + echo + "'. Known fields: " + String.join(", ", new TreeSet<>(known)));
  }

  static RefusedException parameter(String detail) {
    return new RefusedException(Problem.INVALID_PARAMETER, detail);
  }
}
