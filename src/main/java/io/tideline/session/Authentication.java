package io.tideline.session;

import io.tideline.access.Identity;
import io.tideline.access.TokenRefusal;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import org.jspecify.annotations.Nullable;

/** Who a client is, or why that can't be believed. */
public sealed interface Authentication {
  /** {@link Identity#ANONYMOUS} for {@link Credentials#NONE}. */
  record Identified(Identity identity) implements Authentication {}

  /**
   * The token isn't good.
   *
   * @param problem what the client is told: {@link Problem#UNAUTHENTICATED}, {@link
   *     Problem#TOKEN_EXPIRED}, {@link Problem#TOKEN_REVOKED}, or {@link Problem#UNAVAILABLE} if it
   *     can't be told now
   * @param refusal what the operator is told; null for a fault of the server
   */
  record Refused(ProblemDetails problem, @Nullable TokenRefusal refusal) implements Authentication {
    /** One whose reason the client isn't told. */
    public Refused(TokenRefusal refusal) {
      this(ProblemDetails.of(Problem.of(refusal.fault())), refusal);
    }

    /** A fault of the server. */
    public Refused(Problem fault) {
      this(ProblemDetails.of(fault), null);
    }

    /** The same one, and the client is told why. */
    public Refused explained() {
      return refusal == null
          ? this
          : new Refused(
              ProblemDetails.of(problem.problem(), "The token is refused: " + refusal.text() + "."),
              refusal);
    }
  }
}
