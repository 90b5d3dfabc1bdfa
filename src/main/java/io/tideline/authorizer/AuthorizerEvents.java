package io.tideline.authorizer;

import io.tideline.access.Authorizer.Verdict;

/** What an authorizer meets, for meters. Must not block or throw. */
public interface AuthorizerEvents {
  /**
   * An answer came.
   *
   * @param nanos since it was asked for, waiting included
   */
  void answered(Verdict verdict, long nanos);

  /** None came, or it was none; or nobody was asked, because too many wait. */
  void unanswered();
}
