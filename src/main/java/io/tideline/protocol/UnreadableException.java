package io.tideline.protocol;

import java.util.Set;
import java.util.TreeSet;

/**
 * The refusal of what a client sent while it is being read; never leaves this package, and carries
 * no stack trace, since a client can cause it as often as it likes.
 */
public final class UnreadableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What of the client's own words is repeated to it. */
  private static final int ECHO_CHARS_MAX = 60;

  private final transient ProblemDetails problem;

  public UnreadableException(Problem problem, String detail) {
    super(detail, null, false, false);
    this.problem = ProblemDetails.of(problem, detail);
  }

  public ProblemDetails problem() {
    return problem;
  }

  public static UnreadableException unknownField(String name, Set<String> known) {
    String echo = name.length() <= ECHO_CHARS_MAX ? name : name.substring(0, ECHO_CHARS_MAX) + "…";
    return new UnreadableException(
        Problem.UNKNOWN_FIELD,
        "Unknown field '" + echo + "'. Known fields: " + String.join(", ", new TreeSet<>(known)));
  }

  public static UnreadableException parameter(String detail) {
    return new UnreadableException(Problem.INVALID_PARAMETER, detail);
  }
}
