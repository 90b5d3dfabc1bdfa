package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Revocation;
import io.tideline.access.RevocationLog;
import io.tideline.stream.HistoryException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.TemporalAccessor;
import java.util.List;
import java.util.Locale;
import org.jboss.logging.Logger;

/** Revocations in PostgreSQL. */
public final class PgRevocationLog implements RevocationLog {
  private static final Logger LOG = Logger.getLogger(PgRevocationLog.class);
  private static final String ADD =
      """
      select 1 from tideline.revoke(:kind, :value,
        cast(:before as timestamptz), cast(:until as timestamptz))
      """;
  private static final String SINCE =
      """
      select id, cast(mark as text), kind, value, before, until
      from tideline.revocations_since(:id, :mark, :rows)
      """;

  private final Database database;
  private volatile boolean isAway;

  PgRevocationLog(Database database) {
    this.database = database;
  }

  @Override
  public Uni<Void> add(Revocation revocation) {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(ADD, Integer.class)
                    .setParameter("kind", revocation.kind().name().toLowerCase(Locale.ROOT))
                    .setParameter("value", revocation.value() == null ? "" : revocation.value())
                    .setParameter("before", utc(revocation.before()))
                    .setParameter("until", utc(revocation.until()))
                    .getSingleResult())
        .onFailure()
        .transform(PgRevocationLog::unavailable)
        .replaceWithVoid();
  }

  @Override
  public Uni<News> since(Cursor cursor) {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(SINCE, Object[].class)
                    .setParameter("id", cursor.id())
                    .setParameter("mark", cursor.mark())
                    .setParameter("rows", ROWS_MAX)
                    .getResultList())
        .map(rows -> news(cursor, rows))
        .invoke(() -> isAway = false)
        .onFailure()
        .invoke(this::logOnce)
        .onFailure()
        .transform(PgRevocationLog::unavailable);
  }

  private void logOnce(Throwable failure) {
    if (!isAway) {
      isAway = true;
      LOG.warnf(
          "Revocations can't be read, so only the known ones apply: %s", failure.getMessage());
      LOG.debug("Revocations can't be read", failure);
    }
  }

  private static News news(Cursor cursor, List<Object[]> rows) {
    if (rows.isEmpty()) {
      return new News(List.of(), cursor, true);
    }
    Object[] last = rows.get(rows.size() - 1);
    return new News(
        rows.stream().map(PgRevocationLog::revocation).toList(),
        new Cursor((Long) last[0], (String) last[1]),
        rows.size() < ROWS_MAX);
  }

  private static Revocation revocation(Object[] row) {
    Revocation.Kind kind = Revocation.Kind.valueOf(((String) row[2]).toUpperCase(Locale.ROOT));
    String value = kind == Revocation.Kind.ALL ? null : (String) row[3];
    return new Revocation(kind, value, instant(row[4]), instant(row[5]));
  }

  private static Instant instant(Object time) {
    return Instant.from((TemporalAccessor) time);
  }

  private static OffsetDateTime utc(Instant time) {
    return time.atOffset(ZoneOffset.UTC);
  }

  private static HistoryException unavailable(Throwable failure) {
    return failure instanceof HistoryException known
        ? known
        : new HistoryException.Unavailable("PostgreSQL can't answer", failure);
  }
}
