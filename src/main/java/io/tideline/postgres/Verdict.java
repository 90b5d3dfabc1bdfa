package io.tideline.postgres;

import io.vertx.pgclient.PgException;
import java.util.Set;

/** What a failed statement says about its effect. */
enum Verdict {
  /** Rolled back, for a reason that passes by itself: another transaction was in the way. */
  REPEAT,
  /** Rolled back: this isn't the server process that the node has checked. */
  CHECK_SERVER,
  /** Rolled back, and it would be again. */
  REFUSED,
  /** The connection broke, or the server ended the session: perhaps after the commit. */
  UNKNOWN;

  static final String UNSAFE_SERVER = "TL002";

  private static final String OTHER_SERVER = "TL001";

  /** Serialization failure, deadlock, lock not available in time. */
  private static final Set<String> PASSING = Set.of("40001", "40P01", "55P03");

  static Verdict of(Throwable failure) {
    PgException answer = answer(failure);
    if (answer == null || !"ERROR".equals(answer.getSeverity())) {
      return UNKNOWN;
    }
    if (PASSING.contains(answer.getSqlState())) {
      return REPEAT;
    }
    return OTHER_SERVER.equals(answer.getSqlState()) ? CHECK_SERVER : REFUSED;
  }

  /** What PostgreSQL answered, however deep it is wrapped; null if it is not an answer. */
  static PgException answer(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PgException answer) {
        return answer;
      }
    }
    return null;
  }
}
