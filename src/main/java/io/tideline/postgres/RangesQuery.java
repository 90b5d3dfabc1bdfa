package io.tideline.postgres;

import io.tideline.stream.History;
import io.tideline.stream.History.Range;
import io.tideline.stream.Page;
import io.tideline.stream.Publication;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads pages of several channels, and their states, in one statement, so in one snapshot. */
record RangesQuery(List<Range> ranges) {
  /**
   * How many publications a range has follows from the offsets alone, as they are dense: so ranges
   * beyond the limit are not looked at. Payloads beyond the limit of bytes are only measured.
   */
  static final String SQL =
      String.format(
          Locale.ROOT,
          """
      with e as materialized (select tideline.current_epoch($1) as epoch),
      wanted as (
        select w.place, c.id, c.head, c.first_retained, c.purged_through,
               greatest(w.low, c.first_retained) as low, least(w.high, coalesce(c.head, 0)) as high
        from unnest($2::text[], $3::bigint[], $4::bigint[]) with ordinality w (name, low, high, place)
        left join lateral (
          select * from tideline.channel c where c.name = w.name offset 0) c on true),
      counted as (
        select *, least(greatest(high - low + 1, 0), %1$d) as messages from wanted),
      summed as (
        select *, sum(messages) over (order by place) as through from counted),
      taken as materialized (
        select * from summed where through <= %2$d or place = 1),
      measured as (
        select r.*,
               sum(octet_length(r.payload) + coalesce(pg_column_size(r.headers), 0)) over all_before
                 as bytes,
               row_number() over all_before as number
        from (
          select t.place, r.*
          from taken t cross join lateral (
            select * from tideline.message r
            where r.channel_id = t.id and r."offset" between t.low and t.high
            order by r."offset" limit %1$d) r) r
        window all_before as (order by r.place, r."offset" rows unbounded preceding))
      select e.epoch, t.place, t.messages, t.head, t.first_retained, t.purged_through,
             m."offset", m.time, m.type, m.sender, m.content_type, m.headers, m.payload
      from e cross join taken t
      left join measured m on m.place = t.place and (m.bytes <= %3$d or m.number = 1)
      order by t.place, m."offset"
      """,
          History.PAGE_MESSAGES_MAX,
          History.RANGES_MESSAGES_MAX,
          History.PAGE_BYTES_MAX);

  Tuple arguments(OffsetDateTime instance) {
    return Tuple.of(
        instance,
        ranges.stream().map(range -> range.channel().name()).toArray(String[]::new),
        ranges.stream().map(Range::from).toArray(Long[]::new),
        ranges.stream().map(Range::to).toArray(Long[]::new));
  }

  List<Page> pages(RowSet<Row> rows) {
    List<Page> pages = new ArrayList<>(ranges.size());
    List<Row> ofOne = new ArrayList<>();
    for (Row row : rows) {
      if (!ofOne.isEmpty() && place(ofOne.get(0)) != place(row)) {
        if (!add(ofOne, pages)) {
          return pages;
        }
        ofOne.clear();
      }
      ofOne.add(row);
    }
    if (!ofOne.isEmpty()) {
      add(ofOne, pages);
    }
    return pages;
  }

  private static int place(Row row) {
    return Math.toIntExact(row.getLong("place"));
  }

  /** Unless nothing of a page that has something could be read. */
  private boolean add(List<Row> rows, List<Page> pages) {
    Row first = rows.get(0);
    boolean isRead = first.getLong("offset") != null;
    if (!isRead && first.getLong("messages") > 0 && !pages.isEmpty()) {
      return false;
    }
    Range range = ranges.get(place(first) - 1);
    List<Publication> publications =
        isRead
            ? rows.stream().map(row -> PageQuery.publication(range.channel(), row)).toList()
            : List.of();
    pages.add(new Page(PageQuery.state(range.channel(), first), publications));
    return true;
  }
}
