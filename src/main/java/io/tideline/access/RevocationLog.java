package io.tideline.access;

import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Objects;

/**
 * Where revocations are kept for all nodes and across restarts. Never blocks; any thread. Both fail
 * with {@link io.tideline.stream.HistoryException} if that can't be reached now.
 */
public interface RevocationLog {
  int ROWS_MAX = 10_000;

  /**
   * Keeps it. Completes when every node that asks from now on is told, also after a crash. One of
   * the same kind and value becomes part of it: the later times count.
   */
  Uni<Void> add(Revocation revocation);

  /**
   * What came since the cursor, up to {@value #ROWS_MAX}; from the first on if the cursor's place
   * isn't there any more. Whatever was completed before the call is part of this answer, of an
   * earlier one, or of those that follow until one {@link News#isAll}.
   */
  Uni<News> since(Cursor cursor);

  /**
   * Where a node stands.
   *
   * @param id of the last one it was told; 0 for none
   * @param mark what tells it from another one of the same number, in a log that lost some
   */
  record Cursor(long id, String mark) {
    public static final Cursor BEGIN = new Cursor(0, "");

    public Cursor {
      Objects.requireNonNull(mark);
    }
  }

  /**
   * What a node is told.
   *
   * @param isAll whether there was nothing more
   */
  record News(List<Revocation> revocations, Cursor next, boolean isAll) {
    public News {
      revocations = List.copyOf(revocations);
      Objects.requireNonNull(next);
    }
  }
}
