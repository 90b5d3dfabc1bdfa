package io.tideline.postgres;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/**
 * What other nodes wrote into the journal since the snapshot that the cursor names.
 *
 * @param since what the cursor names; null for {@link ChangeCursor#NONE}
 */
record ChangesQuery(Since since) {
  static final String SQL =
      "select * from tideline.changes_since($1, $2, cast($3::text as pg_snapshot), $4)";

  /** Channels that may change between two calls; of more, the caller compares the heads itself. */
  static final int CHANNELS_MAX = 50_000;

  /**
   * What a cursor holds.
   *
   * @param mark the journal's newest mark then: rows that a later mark covers may be deleted unseen
   */
  record Since(long epoch, long mark, String snapshot) {
    static Since of(ChangeCursor cursor) {
      if (cursor.equals(ChangeCursor.NONE)) {
        return null;
      }
      String[] parts = cursor.value().split(" ", 3);
      return new Since(Long.parseLong(parts[0]), Long.parseLong(parts[1]), parts[2]);
    }

    ChangeCursor cursor() {
      return new ChangeCursor(epoch + " " + mark + " " + snapshot);
    }

    /** The first transaction that hadn't begun. */
    long end() {
      return Long.parseLong(snapshot.split(":", 3)[1]);
    }
  }

  static ChangesQuery of(ChangeCursor cursor) {
    return new ChangesQuery(Since.of(cursor));
  }

  Tuple arguments(OffsetDateTime instance, String node) {
    return Tuple.of(instance, node, since == null ? null : since.snapshot(), CHANNELS_MAX + 1);
  }

  Changes changes(RowSet<Row> rows) {
    Row first = rows.iterator().next();
    Since next =
        new Since(
            first.getLong("epoch"), first.getLong("newest_mark"), first.getString("snapshot"));
    boolean isComplete =
        rows.size() <= CHANNELS_MAX && isCovered(next, first.getLong("applied_mark"));
    return new Changes(next.cursor(), isComplete ? states(rows) : List.of(), isComplete);
  }

  /**
   * A new epoch changes all channels at once; and where transactions are numbered from further back
   * than before, the log was rolled back.
   */
  private boolean isCovered(Since next, long appliedMark) {
    return since == null
        || (since.epoch() == next.epoch()
            && since.end() <= next.end()
            && appliedMark <= since.mark());
  }

  private static List<ChannelState> states(RowSet<Row> rows) {
    List<ChannelState> states = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.getString("name") != null) {
        states.add(
            new ChannelState(
                new Channel(row.getString("name")),
                row.getLong("epoch"),
                row.getLong("head"),
                row.getLong("first_retained"),
                row.getLong("purged_through")));
      }
    }
    return states;
  }
}
