package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.tideline.stream.Announcement;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Message;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Page;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.hibernate.reactive.mutiny.Mutiny;

/** The log in PostgreSQL. */
public final class PgHistory implements History {
  private static final String STATES =
      """
      with e as materialized (
        select tideline.current_epoch(cast(:instance as timestamptz)) as epoch)
      select n.name, e.epoch,
             coalesce(c.head, 0), coalesce(c.first_retained, 1), coalesce(c.purged_through, 0)
      from e cross join unnest(cast(:names as text[])) with ordinality n (name, place)
      left join lateral (select * from tideline.channel c where c.name = n.name offset 0) c on true
      order by n.place
      """;
  private static final String OFFSET_SINCE =
      """
      select coalesce(max(tideline.offset_since(
               c.id, c.first_retained, c.head, cast(:time as timestamptz))), 1)
      from tideline.channel c where c.name = :name
      """;
  private static final String PURGE =
      """
      select cast(:name as text), epoch, head, first_retained, purged_through
      from tideline.purge(cast(:instance as timestamptz), :name, :through)
      """;
  private static final String LIST =
      """
      select c.name, e.epoch, c.head, c.firstRetained, c.purgedThrough
      from ChannelRow c, EpochRow e
      where e.id = (select max(newest.id) from EpochRow newest)
        and c.name > :after and c.name >= :prefix and c.name < :end and c.head > 0
      order by c.name
      """;

  /** Above every character of a channel name. */
  private static final String AFTER_ALL_NAMES = "\u007f";

  private final Database database;
  private final Epochs epochs;
  private final String node;
  private final HistorySettings settings;
  private final LogEvents events;
  private final LateChanges lateChanges = new LateChanges();
  private final PendingAppend.Context appends;

  /**
   * @param node this node's id, unique among all that share the database
   */
  public PgHistory(
      Vertx vertx,
      Mutiny.SessionFactory sessions,
      Pool pool,
      String node,
      HistorySettings settings,
      LogEvents events) {
    this.database = new Database(vertx, sessions, pool, settings);
    this.epochs = new Epochs(database, settings.failoverLossless());
    this.node = node;
    this.settings = settings;
    this.events = events;
    this.appends =
        new PendingAppend.Context(
            database,
            epochs,
            new OutcomeResolver(database, settings, events),
            node,
            settings,
            lateChanges::add);
  }

  /**
   * Checks the server; every operation does that by itself where need be, this one tells early.
   * Fails with {@link UnsafeServerException} if the server must not be used, else as operations do.
   */
  public Uni<Void> open() {
    return uni(epochs::instance)
        .onFailure(failure -> failure.getCause() instanceof UnsafeServerException)
        .transform(Throwable::getCause)
        .replaceWithVoid();
  }

  /**
   * What moves publications from SQL into this log.
   *
   * @param payloadBytesMax the limit of a message, which publishing from SQL keeps too
   * @param moved is handed what this node moved, to deliver and announce it as its own; on any
   *     thread
   * @param direct where to listen; empty for a connection of the pool, which must then not lead
   *     through a pooler of transactions
   */
  public Outbox outbox(
      Namespaces namespaces,
      int payloadBytesMax,
      Consumer<List<Announcement.Entry>> moved,
      Optional<PgConnectOptions> direct) {
    return new Outbox(
        database, epochs, namespaces, payloadBytesMax, settings.keyWindow(), moved, events, direct);
  }

  /** What keeps this log to its retention. */
  public Pruner pruner(Namespaces namespaces, UpkeepSettings upkeep) {
    return new Pruner(database, namespaces, node, settings.keyWindow(), upkeep, events);
  }

  /** Where revocations are kept. */
  public PgRevocationLog revocations() {
    return new PgRevocationLog(database);
  }

  /**
   * What tells the other nodes that this one lives.
   *
   * @param term how long a renewal counts
   */
  public NodeLease lease(Duration term) {
    return new NodeLease(database, node, term);
  }

  /** The nodes that share this log. */
  public PgNodes nodes() {
    return new PgNodes(database);
  }

  /** Where it is kept who is present through this node, as long as it has its lease. */
  public PgMemberStore members(NodeLease lease) {
    return new PgMemberStore(database, lease);
  }

  /**
   * Where a bridge stands that carries channels elsewhere.
   *
   * @param patterns names of channels, or prefixes of names before a {@code *}
   * @param lease how long its duty is a node's that doesn't renew it
   */
  public PgBridgeCursors cursors(String bridge, List<String> patterns, Duration lease) {
    return new PgBridgeCursors(database, epochs, node, bridge, patterns, lease);
  }

  @Override
  public Uni<List<AppendOutcome>> append(List<Message> messages, boolean atomic) {
    if (messages.size() > BATCH_MESSAGES_MAX) {
      throw new IllegalArgumentException(
          messages.size() + " messages; a batch has " + BATCH_MESSAGES_MAX + " at most");
    }
    if (messages.isEmpty()) {
      return Uni.createFrom().item(List.of());
    }
    return Uni.createFrom()
        .emitter(
            caller ->
                new PendingAppend(appends, new AppendBatch(messages, atomic), caller).start());
  }

  @Override
  public Uni<Page> read(Channel channel, long from, long to) {
    PageQuery query = new PageQuery(channel, from, to);
    return uni(
        () ->
            epochs.guard(
                instance ->
                    database.withConnection(
                        connection ->
                            connection
                                .preparedQuery(PageQuery.SQL)
                                .execute(query.arguments(instance))
                                .map(query::page))));
  }

  @Override
  public Uni<List<Page>> readAll(List<Range> ranges) {
    if (ranges.size() > RANGES_MAX) {
      throw new IllegalArgumentException(
          ranges.size() + " ranges; " + RANGES_MAX + " at most are read together");
    }
    RangesQuery query = new RangesQuery(List.copyOf(ranges));
    return uni(
        () ->
            epochs.guard(
                instance ->
                    database.withConnection(
                        connection ->
                            connection
                                .preparedQuery(RangesQuery.SQL)
                                .execute(query.arguments(instance))
                                .map(query::pages))));
  }

  @Override
  public Uni<List<ChannelState>> states(Collection<Channel> channels) {
    if (channels.size() > STATES_MAX) {
      throw new IllegalArgumentException(
          channels.size() + " channels; " + STATES_MAX + " at most are read together");
    }
    String[] names = channels.stream().map(Channel::name).toArray(String[]::new);
    return guarded(
        instance ->
            database.session(
                session ->
                    session
                        .createNativeQuery(STATES, Object[].class)
                        .setParameter("instance", instance)
                        .setParameter("names", names)
                        .getResultList()
                        .map(PgHistory::states)));
  }

  @Override
  public Uni<Long> offsetSince(Channel channel, Instant time) {
    return database
        .session(
            session ->
                session
                    .createNativeQuery(OFFSET_SINCE, Long.class)
                    .setParameter("time", time.atOffset(ZoneOffset.UTC))
                    .setParameter("name", channel.name())
                    .getSingleResult())
        .onFailure()
        .transform(PgHistory::unavailable);
  }

  @Override
  public Uni<ChannelState> purge(Channel channel, long through) {
    return guarded(
            instance ->
                database.session(
                    session ->
                        session
                            .createNativeQuery(PURGE, Object[].class)
                            .setParameter("instance", instance)
                            .setParameter("name", channel.name())
                            .setParameter("through", through)
                            .getResultList()
                            .map(PgHistory::states)))
        .chain(
            states ->
                states.isEmpty()
                    ? states(List.of(channel)).map(all -> all.get(0))
                    : Uni.createFrom().item(states.get(0)));
  }

  @Override
  public Uni<List<ChannelState>> list(String prefix, String after, int limit) {
    return database
        .session(
            session ->
                session
                    .createSelectionQuery(LIST, Object[].class)
                    .setParameter("after", after)
                    .setParameter("prefix", prefix)
                    .setParameter("end", prefix + AFTER_ALL_NAMES)
                    .setMaxResults(limit)
                    .getResultList())
        .map(PgHistory::states)
        .onFailure()
        .transform(PgHistory::unavailable);
  }

  @Override
  public Uni<Changes> changesSince(ChangeCursor cursor) {
    ChangesQuery query = ChangesQuery.of(cursor);
    return uni(() ->
            epochs.guard(
                instance ->
                    database.withConnection(
                        connection ->
                            connection
                                .preparedQuery(ChangesQuery.SQL)
                                .execute(query.arguments(instance, node))
                                .map(query::changes))))
        .map(lateChanges::addTo);
  }

  private <T> Uni<T> guarded(Function<OffsetDateTime, Uni<T>> work) {
    return uni(
        () ->
            epochs.guard(
                instance ->
                    Future.fromCompletionStage(work.apply(instance).subscribeAsCompletionStage())));
  }

  private static <T> Uni<T> uni(Supplier<Future<T>> work) {
    return Uni.createFrom()
        .deferred(() -> UniHelper.toUni(work.get()))
        .onFailure()
        .transform(PgHistory::unavailable);
  }

  private static HistoryException unavailable(Throwable failure) {
    return failure instanceof HistoryException known
        ? known
        : new HistoryException.Unavailable("PostgreSQL can't answer", failure);
  }

  private static List<ChannelState> states(List<Object[]> rows) {
    List<ChannelState> states = new ArrayList<>(rows.size());
    for (Object[] row : rows) {
      states.add(
          new ChannelState(
              new Channel((String) row[0]),
              (Long) row[1],
              (Long) row[2],
              (Long) row[3],
              (Long) row[4]));
    }
    return states;
  }
}
