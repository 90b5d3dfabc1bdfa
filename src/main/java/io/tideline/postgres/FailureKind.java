package io.tideline.postgres;

import io.vertx.pgclient.PgException;
import java.sql.SQLException;
import java.util.Set;

/** The kinds of failed statements, by what they say about the statement's effect. */
enum FailureKind {
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

  /** The session was ended, or never came about: the only answers that leave it open. */
  private static final Set<String> ENDED = Set.of("57P01", "57P02", "57P03", "57P05");

  static FailureKind of(Throwable failure) {
    String state = sqlState(failure);
    if (state == null || ENDED.contains(state)) {
      return UNKNOWN;
    }
    if (PASSING.contains(state)) {
      return REPEAT;
    }
    return OTHER_SERVER.equals(state) ? CHECK_SERVER : REFUSED;
  }

  /** Hibernate Reactive turns what PostgreSQL answered into an SQLException. */
  private static String sqlState(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PgException answer) {
        return "ERROR".equals(answer.getSeverity()) ? answer.getSqlState() : null;
      }
      if (cause instanceof SQLException wrapped && wrapped.getSQLState() != null) {
        return wrapped.getSQLState();
      }
    }
    return null;
  }

  /** What PostgreSQL answered to a bare statement; null if it is not an answer. */
  static PgException answer(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PgException answer) {
        return answer;
      }
    }
    return null;
  }
}
