package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.tideline.stream.BridgeCursors;
import io.tideline.stream.Channel;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Position;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The cursors of one bridge in PostgreSQL. */
public final class PgBridgeCursors implements BridgeCursors {
  private static final String TAKE_DUTY = "select tideline.take_duty($1, $2, $3)";
  private static final String DROP_DUTY = "select 1 from tideline.drop_duty($1, $2)";
  private static final String BEGIN = "select tideline.begin_bridge($1, $2, $3, $4, $5, $6)";
  private static final String BEHIND =
      "select last_name, name from tideline.behind_bridge($1, $2, $3, $4, $5)";
  private static final String POSITIONS =
      """
      select b.channel, b.epoch, b."offset" from tideline.bridge_cursor b
      where b.bridge = $1 and b.channel = any($2::text[])
      """;
  private static final String ADVANCE = "select tideline.advance_bridge($1, $2, $3, $4, $5, $6)";

  /** No node's id: of the journal everything is wanted. */
  private static final String NO_NODE = " ";

  private final Database database;
  private final Epochs epochs;
  private final String node;
  private final String bridge;
  private final String duty;
  private final String[] patterns;
  private final Duration lease;

  PgBridgeCursors(
      Database database,
      Epochs epochs,
      String node,
      String bridge,
      List<String> patterns,
      Duration lease) {
    this.database = database;
    this.epochs = epochs;
    this.node = node;
    this.bridge = bridge;
    this.duty = "bridge:" + bridge;
    this.patterns = patterns.toArray(String[]::new);
    this.lease = lease;
  }

  @Override
  public Uni<Boolean> hold() {
    return answer(
        instance -> query(TAKE_DUTY, Tuple.of(duty, node, AppendBatch.interval(lease))),
        rows -> first(rows).getBoolean(0));
  }

  @Override
  public Uni<Void> release() {
    return answer(instance -> query(DROP_DUTY, Tuple.of(duty, node)), rows -> null);
  }

  @Override
  public Uni<String> begin(boolean isEarliest, String after, int limit) {
    return answer(
        instance -> query(BEGIN, Tuple.of(instance, bridge, patterns, isEarliest, after, limit)),
        rows -> first(rows).getString(0));
  }

  @Override
  public Uni<Behind> behind(String after, int limit) {
    return answer(
        instance -> query(BEHIND, Tuple.of(instance, bridge, patterns, after, limit)),
        PgBridgeCursors::behind);
  }

  private static Behind behind(RowSet<Row> rows) {
    List<Channel> channels = new ArrayList<>();
    for (Row row : rows) {
      if (row.getString("name") != null) {
        channels.add(new Channel(row.getString("name")));
      }
    }
    return new Behind(first(rows).getString("last_name"), channels);
  }

  @Override
  public Uni<Changes> changesSince(ChangeCursor cursor) {
    ChangesQuery query = ChangesQuery.of(cursor);
    return answer(
        instance -> query(ChangesQuery.SQL, query.arguments(instance, NO_NODE)), query::changes);
  }

  @Override
  public Uni<Map<Channel, Position>> positions(Collection<Channel> channels) {
    String[] names = channels.stream().map(Channel::name).toArray(String[]::new);
    return answer(
        instance -> query(POSITIONS, Tuple.of(bridge, (Object) names)), PgBridgeCursors::positions);
  }

  private static Map<Channel, Position> positions(RowSet<Row> rows) {
    Map<Channel, Position> positions = new HashMap<>();
    for (Row row : rows) {
      positions.put(
          new Channel(row.getString("channel")),
          new Position(row.getLong("epoch"), row.getLong("offset")));
    }
    return positions;
  }

  @Override
  public Uni<Boolean> advance(Map<Channel, Position> carried) {
    List<Map.Entry<Channel, Position>> all = List.copyOf(carried.entrySet());
    Tuple arguments =
        Tuple.of(
            bridge,
            duty,
            node,
            all.stream().map(each -> each.getKey().name()).toArray(String[]::new),
            all.stream().map(each -> each.getValue().epoch()).toArray(Long[]::new),
            all.stream().map(each -> each.getValue().offset()).toArray(Long[]::new));
    return answer(instance -> query(ADVANCE, arguments), rows -> first(rows).getBoolean(0));
  }

  private Future<RowSet<Row>> query(String sql, Tuple arguments) {
    return database.withConnection(connection -> connection.preparedQuery(sql).execute(arguments));
  }

  private <T> Uni<T> answer(
      Function<OffsetDateTime, Future<RowSet<Row>>> work, Function<RowSet<Row>, T> read) {
    return Uni.createFrom()
        .deferred(() -> UniHelper.toUni(epochs.guard(work).map(read)))
        .onFailure()
        .transform(
            failure ->
                failure instanceof HistoryException known
                    ? known
                    : new HistoryException.Unavailable("PostgreSQL can't answer", failure));
  }

  private static Row first(RowSet<Row> rows) {
    return rows.iterator().next();
  }
}
