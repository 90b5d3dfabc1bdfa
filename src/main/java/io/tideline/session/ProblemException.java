package io.tideline.session;

import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import java.util.Objects;

/**
 * The end of a request by a problem; it says nothing about where in the code, only to the client
 * why.
 */
public final class ProblemException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ProblemDetails problem;

  public ProblemException(ProblemDetails problem) {
    super(problem.problem().code(), null, false, false);
    this.problem = Objects.requireNonNull(problem);
  }

  public ProblemException(Problem problem) {
    this(ProblemDetails.of(problem));
  }

  public ProblemDetails problem() {
    return problem;
  }
}
