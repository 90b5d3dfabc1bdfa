package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.tideline.presence.MemberCount;
import io.tideline.presence.MemberList;
import io.tideline.presence.MemberPage;
import io.tideline.presence.MemberStore;
import io.tideline.presence.Occupancy;
import io.tideline.presence.PresenceChange;
import io.tideline.presence.PresenceWrite;
import io.tideline.presence.Seat;
import io.tideline.presence.SeatChange;
import io.tideline.presence.SeatList;
import io.tideline.stream.Channel;
import io.tideline.stream.HistoryException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Members in PostgreSQL. While nodes may still be writing them anew after a crash, reading fails:
 * an empty channel would be told that isn't.
 *
 * <p>Writes are numbered, and one is under way at a time: what was given up here may still be
 * waiting there, and must not undo a later one. So there is one store a lease that writes.
 */
public final class PgMemberStore implements MemberStore {
  private static final String WRITE = "select tideline.write_members($1, $2, $3, $4, $5)";
  private static final String WRITE_SEATS =
      "select tideline.write_presence($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
  private static final String KEEP =
      "select tideline.keep_presence($1, cast($2 as text)::interval, $3), tideline.keep_seats($3)";

  /** What is empty because nobody is there, or because it is being written anew. */
  private static final String STATE =
      """
      s as materialized (
        select coalesce(max(s.since), 'infinity') as since,
               coalesce(max(s.since), 'infinity') > clock_timestamp() - cast($1 as text)::interval
                 as is_settling,
               coalesce(max(s.pruned_through), 0) as pruned_through,
             coalesce(max(s.seats_pruned_through), 0) as seats_pruned_through
        from tideline.presence_state s)
      """;

  private static final String ROSTERS =
      String.format(
          Locale.ROOT,
          """
      with %s, newest as (select coalesce(max(c.version), 0) as version from tideline.presence_change c)
      select s.is_settling, s.since::text, greatest(newest.version, s.pruned_through) as place,
             n.name, coalesce(p.version, s.pruned_through) as version,
             coalesce(p.members, 0) as members,
             coalesce(p.anonymous, 0) as anonymous,
             case when coalesce(p.members, 0) <= $3 then
               array(select distinct m.subject from tideline.member m
                     where m.channel = n.name and m.subject <> '') end as names
      from s cross join newest cross join unnest($2::text[]) n (name)
      left join lateral (
        select * from tideline.presence p where p.channel = n.name offset 0) p on true
      """,
          STATE);
  private static final String CHANGES =
      String.format(
          Locale.ROOT,
          """
      with %s
      select s.is_settling, s.since::text, s.pruned_through,
             (select coalesce(max(c.version), 0) from tideline.presence_change c) as newest,
             c.version, c.channel, c.previous, c.joined, c.gone, c.members, c.anonymous
      from s left join lateral (
        select * from tideline.presence_change c
        where c.version > $2 and ($3::text[] is null or c.channel = any ($3))
        order by c.version fetch first %d rows with ties) c on true
      order by c.version
      """,
          STATE,
          1000);
  private static final String PAGE =
      String.format(
          Locale.ROOT,
          """
      with %s
      select s.is_settling, coalesce(p.version, s.pruned_through) as version,
             coalesce(p.members, 0) as members,
             coalesce(p.anonymous, 0) as anonymous, coalesce(p.connections, 0) as connections,
             m.subject, m.subject_connections, m.subject_since
      from s left join tideline.presence p on p.channel = $2
      left join lateral (
        select m.subject, sum(m.connections) as subject_connections, min(m.since) as subject_since
        from tideline.member m
        where m.channel = $2 and m.subject > $3 and $4 > 0
        group by m.subject order by m.subject limit $4 + 1) m on true
      order by m.subject
      """,
          STATE);
  private static final String SEATS =
      String.format(
          Locale.ROOT,
          """
      with %s
      select s.is_settling, n.seats, n.subjects, t.connection, t.subject, t.info
      from s cross join lateral (
        select count(*) as seats,
               count(distinct t.subject) filter (where t.subject <> '') as subjects
        from tideline.seat t where t.channel = $2 offset 0) n
      left join lateral (
        select * from tideline.seat t where t.channel = $2 order by t.connection limit $3) t on true
      order by t.connection
      """,
          STATE);
  private static final String SEAT_CHANGES =
      String.format(
          Locale.ROOT,
          """
      with %s
      select s.is_settling, s.since::text, s.seats_pruned_through as pruned_through,
             (select coalesce(max(c.version), 0) from tideline.seat_change c) as newest,
             c.version, c.channel, c.connection, c.subject, c.info, c.is_taken
      from s left join lateral (
        select * from tideline.seat_change c
        where c.version > $2 and ($3::text[] is null or c.channel = any ($3))
        order by c.version fetch first %d rows with ties) c on true
      order by c.version
      """,
          STATE,
          1000);
  private static final int CHANGES_MAX = 1000;

  private final Database database;
  private final NodeLease lease;
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicBoolean isWriting = new AtomicBoolean();

  PgMemberStore(Database database, NodeLease lease) {
    this.database = database;
    this.lease = lease;
  }

  @Override
  public long lease() {
    return lease.current();
  }

  @Override
  public Uni<Boolean> write(long held, PresenceWrite rows) {
    if (rows.size() > ROWS_MAX) {
      throw new IllegalArgumentException(rows.size() + " rows; at once " + ROWS_MAX);
    }
    return answer(() -> writeAlone(held, rows))
        .invoke(
            isWritten -> {
              if (!isWritten) {
                lease.renew();
              }
            });
  }

  private Future<Boolean> writeAlone(long held, PresenceWrite rows) {
    if (!isWriting.compareAndSet(false, true)) {
      return Future.failedFuture(
          new HistoryException.Unavailable("what was written before is still under way", null));
    }
    List<MemberCount> members = rows.members();
    Tuple arguments =
        Tuple.of(
            held,
            numbers.incrementAndGet(),
            members.stream().map(member -> member.channel().name()).toArray(String[]::new),
            members.stream().map(MemberCount::subject).toArray(String[]::new),
            members.stream().map(MemberCount::connections).toArray(Integer[]::new));
    boolean hasSeats = !rows.seats().isEmpty();
    if (hasSeats) {
      addSeats(rows.seats(), arguments);
    }
    return execute(
            hasSeats ? WRITE_SEATS : WRITE, arguments, done -> done.iterator().next().getBoolean(0))
        .onComplete(ended -> isWriting.set(false));
  }

  private static void addSeats(List<SeatChange> seats, Tuple arguments) {
    arguments
        .addArrayOfString(seats.stream().map(each -> each.channel().name()).toArray(String[]::new))
        .addArrayOfString(
            seats.stream().map(each -> each.seat().connection()).toArray(String[]::new))
        .addArrayOfString(seats.stream().map(each -> each.seat().subject()).toArray(String[]::new))
        .addArrayOfBuffer(
            seats.stream().map(each -> stored(each.seat().info())).toArray(Buffer[]::new))
        .addArrayOfBoolean(seats.stream().map(SeatChange::isTaken).toArray(Boolean[]::new));
  }

  private static @Nullable Buffer stored(byte[] info) {
    return info.length == 0 ? null : Buffer.buffer(info);
  }

  @Override
  public Uni<Boolean> keep(long held) {
    return query(
        KEEP,
        Tuple.of(held, NodeLease.interval(lease.term()), ROWS_MAX),
        rows -> {
          Row row = rows.iterator().next();
          return row.getBoolean(0) || row.getBoolean(1);
        });
  }

  @Override
  public Uni<Rosters> rosters(Collection<Channel> channels, int namedMax) {
    if (channels.size() > ROSTERS_MAX) {
      throw new IllegalArgumentException(channels.size() + " channels; at once " + ROSTERS_MAX);
    }
    return query(
        ROSTERS,
        Tuple.of(NodeLease.interval(lease.term()), names(channels), namedMax),
        PgMemberStore::rosters);
  }

  private static Rosters rosters(RowSet<Row> rows) {
    List<MemberList> rosters = new ArrayList<>(rows.size());
    Place place = new Place("", 0);
    for (Row row : rows) {
      demandSettled(row);
      place = new Place(row.getString("since"), row.getLong("place"));
      String[] names = row.getArrayOfStrings("names");
      rosters.add(
          new MemberList(
              occupancy(new Channel(row.getString("name")), row),
              names == null ? null : List.of(names)));
    }
    return new Rosters(rosters, place);
  }

  @Override
  public Uni<Changes> changesSince(Place place, Collection<Channel> channels) {
    String[] names = channels.isEmpty() ? null : names(channels);
    return query(
        CHANGES,
        Tuple.of(NodeLease.interval(lease.term()), place.version(), names),
        rows -> changes(place, rows));
  }

  private static Changes changes(Place place, RowSet<Row> rows) {
    List<PresenceChange> changes = new ArrayList<>(rows.size());
    long next = place.version();
    boolean isComplete = true;
    boolean isAll = rows.size() < CHANGES_MAX;
    String incarnation = place.incarnation();
    for (Row row : rows) {
      demandSettled(row);
      incarnation = row.getString("since");
      isComplete =
          incarnation.equals(place.incarnation())
              && row.getLong("pruned_through") <= place.version();
      if (row.getLong("version") != null) {
        changes.add(change(row));
        next = row.getLong("version");
      }
      if (isAll) {
        next = Math.max(next, Math.max(row.getLong("newest"), row.getLong("pruned_through")));
      }
    }
    return new Changes(changes, new Place(incarnation, next), isAll, isComplete);
  }

  private static PresenceChange change(Row row) {
    return new PresenceChange(
        row.getLong("previous"),
        occupancy(new Channel(row.getString("channel")), row),
        List.of(row.getArrayOfStrings("joined")),
        List.of(row.getArrayOfStrings("gone")));
  }

  @Override
  public Uni<MemberPage> page(Channel channel, String after, int limit) {
    if (limit > PAGE_MEMBERS_MAX) {
      throw new IllegalArgumentException(limit + " members; a page has " + PAGE_MEMBERS_MAX);
    }
    return query(
        PAGE,
        Tuple.of(NodeLease.interval(lease.term()), channel.name(), after, limit),
        rows -> page(channel, limit, rows));
  }

  private static MemberPage page(Channel channel, int limit, RowSet<Row> rows) {
    Row first = rows.iterator().next();
    demandSettled(first);
    List<MemberPage.Member> members = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.getString("subject") != null) {
        members.add(
            new MemberPage.Member(
                row.getString("subject"),
                row.getLong("subject_connections"),
                row.getOffsetDateTime("subject_since").toInstant()));
      }
    }
    boolean isMore = members.size() > limit;
    List<MemberPage.Member> shown = isMore ? members.subList(0, limit) : members;
    return new MemberPage(
        occupancy(channel, first),
        first.getLong("connections"),
        shown,
        isMore ? shown.get(limit - 1).subject() : null);
  }

  @Override
  public Uni<SeatList> seats(Channel channel, int limit) {
    if (limit > SEATS_MAX) {
      throw new IllegalArgumentException(limit + " seats; a list has " + SEATS_MAX);
    }
    return query(
        SEATS,
        Tuple.of(NodeLease.interval(lease.term()), channel.name(), limit),
        PgMemberStore::seats);
  }

  private static SeatList seats(RowSet<Row> rows) {
    Row first = rows.iterator().next();
    demandSettled(first);
    List<Seat> seats = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (row.getString("connection") != null) {
        seats.add(seat(row));
      }
    }
    return new SeatList(seats, first.getLong("seats"), first.getLong("subjects"));
  }

  private static Seat seat(Row row) {
    Buffer info = row.getBuffer("info");
    return new Seat(
        row.getString("connection"),
        row.getString("subject"),
        info == null ? new byte[0] : info.getBytes());
  }

  @Override
  public Uni<SeatChanges> seatsSince(@Nullable Place place, Collection<Channel> channels) {
    String[] names = channels.isEmpty() ? null : names(channels);
    long after = place == null ? Long.MAX_VALUE : place.version();
    return query(
        SEAT_CHANGES,
        Tuple.of(NodeLease.interval(lease.term()), after, names),
        rows -> seatChanges(place, rows));
  }

  private static SeatChanges seatChanges(@Nullable Place place, RowSet<Row> rows) {
    Row first = rows.iterator().next();
    demandSettled(first);
    List<SeatChange> changes = new ArrayList<>(rows.size());
    long last = 0;
    for (Row row : rows) {
      if (row.getLong("version") != null) {
        last = row.getLong("version");
        changes.add(
            new SeatChange(
                new Channel(row.getString("channel")), seat(row), row.getBoolean("is_taken")));
      }
    }
    String incarnation = first.getString("since");
    long pruned = first.getLong("pruned_through");
    boolean isAll = rows.size() < CHANGES_MAX;
    boolean isComplete =
        place == null || (incarnation.equals(place.incarnation()) && pruned <= place.version());
    long next = isAll ? Math.max(last, Math.max(first.getLong("newest"), pruned)) : last;
    return new SeatChanges(changes, new Place(incarnation, next), isAll, isComplete);
  }

  private static Occupancy occupancy(Channel channel, Row row) {
    return new Occupancy(
        channel, row.getLong("version"), row.getLong("members"), row.getLong("anonymous"));
  }

  private static void demandSettled(Row row) {
    if (row.getBoolean("is_settling")) {
      throw new HistoryException.Unavailable("the nodes are writing their members anew", null);
    }
  }

  private static String[] names(Collection<Channel> channels) {
    return channels.stream().map(Channel::name).toArray(String[]::new);
  }

  private <T> Uni<T> query(String sql, Tuple arguments, Function<RowSet<Row>, T> read) {
    return answer(() -> execute(sql, arguments, read));
  }

  private <T> Future<T> execute(String sql, Tuple arguments, Function<RowSet<Row>, T> read) {
    return database.withConnection(
        connection -> connection.preparedQuery(sql).execute(arguments).map(read));
  }

  /** Waits no longer than a caller may; the statement itself goes on. */
  private <T> Uni<T> answer(Supplier<Future<T>> statement) {
    return Uni.createFrom()
        .deferred(() -> UniHelper.toUni(statement.get()))
        .ifNoItem()
        .after(database.answerWait())
        .failWith(
            () ->
                new HistoryException.Unavailable(
                    "no answer from PostgreSQL within " + database.answerWait(), null))
        .onFailure()
        .transform(PgMemberStore::unavailable);
  }

  private static HistoryException unavailable(@Nullable Throwable failure) {
    return failure instanceof HistoryException known
        ? known
        : new HistoryException.Unavailable("PostgreSQL can't answer", failure);
  }
}
