package io.tideline.simulation;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Revocation;
import io.tideline.access.RevocationLog;
import io.tideline.stream.HistoryException;
import io.tideline.stream.MemoryHistory.Fault;
import java.util.ArrayList;
import java.util.List;

/** The revocations that are stored, beside the log and over the same lines. */
final class StoredRevocations {
  private static final int TOLD_MAX = 10;

  private final List<Revocation> rows = new ArrayList<>();

  /** As one node reaches them. */
  RevocationLog over(DatabaseLine line) {
    return new RevocationLog() {
      @Override
      public Uni<Void> add(Revocation revocation) {
        return Uni.createFrom()
            .emitter(
                caller -> {
                  Fault fault = line.next();
                  if (fault == Fault.NONE || fault == Fault.ANSWER_FOUND) {
                    rows.add(revocation);
                    line.deliver(() -> caller.complete(null));
                    return;
                  }
                  if (fault == Fault.ANSWER_LOST) {
                    rows.add(revocation);
                  }
                  line.deliver(() -> caller.fail(unavailable()));
                });
      }

      @Override
      public Uni<News> since(Cursor cursor) {
        return Uni.createFrom()
            .emitter(
                caller -> {
                  Fault fault = line.next();
                  if (fault == Fault.UNAVAILABLE || fault == Fault.ANSWER_LOST) {
                    line.deliver(() -> caller.fail(unavailable()));
                    return;
                  }
                  News news = news(cursor);
                  line.deliver(() -> caller.complete(news));
                });
      }
    };
  }

  private RevocationLog.News news(RevocationLog.Cursor cursor) {
    int from = (int) cursor.id();
    int to = Math.min(from + TOLD_MAX, rows.size());
    return new RevocationLog.News(
        rows.subList(from, to), new RevocationLog.Cursor(to, ""), to == rows.size());
  }

  private static HistoryException unavailable() {
    return new HistoryException.Unavailable("told to fail", null);
  }
}
