package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.tideline.presence.NodeStatus;
import io.tideline.presence.Nodes;
import io.tideline.stream.HistoryException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The nodes by their leases: each writes with its renewals how it is. */
public final class PgNodes implements Nodes {
  private static final String LIST =
      """
      select l.node, cast(extract(epoch from l.renewed_at) * 1000 as bigint),
             cast(l.info->>'since' as bigint), l.info->>'version', l.info->>'address',
             cast(l.info->>'draining' as boolean), cast(l.info->>'connections' as bigint),
             l.info->>'connector', l.info->>'backplane', cast(l.info->>'lag' as bigint)
      from tideline.node_lease l
      where l.until > clock_timestamp() and not l.is_leaving
      order by l.node, l.id
      limit :most
      """;

  private final Database database;

  PgNodes(Database database) {
    this.database = database;
  }

  @Override
  public Uni<List<NodeStatus>> list() {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(LIST, Object[].class)
                    .setParameter("most", NODES_MAX)
                    .getResultList())
        .map(rows -> rows.stream().map(PgNodes::status).toList())
        .onFailure()
        .transform(failure -> new HistoryException.Unavailable("PostgreSQL can't answer", failure));
  }

  private static NodeStatus status(Object[] row) {
    return new NodeStatus((String) row[0], instant(row[1]), row[2] == null ? null : info(row));
  }

  private static NodeStatus.Info info(Object[] row) {
    return new NodeStatus.Info(
        instant(row[2]),
        (String) row[3],
        (String) row[4],
        Boolean.TRUE.equals(row[5]),
        number(row[6]),
        new NodeStatus.Link((String) row[7], (String) row[8], (Long) row[9]));
  }

  private static long number(@Nullable Object value) {
    return value == null ? 0 : (Long) value;
  }

  private static Instant instant(Object millis) {
    return Instant.ofEpochMilli((Long) millis);
  }
}
