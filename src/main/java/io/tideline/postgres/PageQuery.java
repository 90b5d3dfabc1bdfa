package io.tideline.postgres;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.Page;
import io.tideline.stream.Payload;
import io.tideline.stream.Publication;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads a page and the channel's state in one statement, so in one snapshot. */
record PageQuery(Channel channel, long from, long to) {
  /** Payloads beyond the limit of bytes are only measured, which doesn't fetch them. */
  static final String SQL =
      String.format(
          Locale.ROOT,
          """
      with e as materialized (select tideline.current_epoch($1) as epoch)
      select e.epoch, c.head, c.first_retained, c.purged_through,
             m."offset", m.time, m.type, m.sender, m.content_type, m.headers, m.payload
      from e left join tideline.channel c on c.name = $2
      left join lateral (
        select * from (
          select r.*, sum(octet_length(r.payload) + coalesce(pg_column_size(r.headers), 0))
                   over (order by r."offset" rows unbounded preceding) as bytes
          from (
            select * from tideline.message r
            where r.channel_id = c.id and r."offset" between greatest($3, c.first_retained) and $4
            order by r."offset" limit %d) r) r
        where r.bytes <= %d or r."offset" = greatest($3, c.first_retained)) m on true
      order by m."offset"
      """,
          History.PAGE_MESSAGES_MAX,
          History.PAGE_BYTES_MAX);

  Tuple arguments(OffsetDateTime instance) {
    return Tuple.of(instance, channel.name(), from, to);
  }

  Page page(RowSet<Row> rows) {
    ChannelState state = null;
    List<Publication> publications = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (state == null) {
        state = state(channel, row);
      }
      if (row.getLong("offset") != null) {
        publications.add(publication(channel, row));
      }
    }
    return new Page(state, publications);
  }

  static ChannelState state(Channel channel, Row row) {
    long epoch = row.getLong("epoch");
    return row.getLong("head") == null
        ? ChannelState.unused(channel, epoch)
        : new ChannelState(
            channel,
            epoch,
            row.getLong("head"),
            row.getLong("first_retained"),
            row.getLong("purged_through"));
  }

  static Publication publication(Channel channel, Row row) {
    return new Publication(
        channel,
        row.getLong("epoch"),
        row.getLong("offset"),
        row.getOffsetDateTime("time").toInstant(),
        row.getString("type"),
        row.getColumnIndex("sender") < 0 ? null : row.getString("sender"),
        headers(row.getJsonObject("headers")),
        new Payload(row.getString("content_type"), row.getBuffer("payload").getBytes()));
  }

  private static Map<String, String> headers(JsonObject stored) {
    if (stored == null) {
      return Map.of();
    }
    Map<String, String> headers = new HashMap<>();
    stored.forEach(header -> headers.put(header.getKey(), (String) header.getValue()));
    return Map.copyOf(headers);
  }
}
