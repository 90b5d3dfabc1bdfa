package io.tideline.postgres;

import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Namespace;
import io.tideline.stream.Namespaces;
import io.tideline.stream.Publication;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.pgclient.data.Interval;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Moves publications from SQL into the log, as soon as the transaction that made them has
 * committed: woken by its notification, and every second in case that got lost. All nodes try; the
 * database lets one at a time.
 */
public final class Outbox {
  private static final Logger LOG = Logger.getLogger(Outbox.class);
  private static final String MOVE = "select * from tideline.move_outbox($1, $2, $3, $4)";
  private static final String REFUSE = "select tideline.refuse_outbox($1)";
  private static final String RULES =
      "update tideline.publish_rules"
          + " set payload_bytes_max = $1, namespaces = $2, ephemeral_namespaces = $3";
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final int ROWS_MAX = 500;
  private static final long BYTES_MAX = 4 << 20;

  private enum State {
    /** Nothing happens until the next wake. */
    IDLE,
    MOVING,
    /** A wake came while it was moving, so it looks once more. */
    MOVING_AND_WOKEN,
    STOPPED
  }

  private final Database database;
  private final Epochs epochs;
  private final Tuple rules;
  private final Interval keyWindow;
  private final Consumer<List<Announcement.Entry>> moved;
  private final LogEvents events;
  private final Optional<PgConnectOptions> direct;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);
  private volatile SqlConnection listening;
  private volatile boolean areRulesKnown;

  Outbox(
      Database database,
      Epochs epochs,
      Namespaces namespaces,
      int payloadBytesMax,
      Duration keyWindow,
      Consumer<List<Announcement.Entry>> moved,
      LogEvents events,
      Optional<PgConnectOptions> direct) {
    this.database = database;
    this.epochs = epochs;
    this.rules = rules(namespaces, payloadBytesMax);
    this.keyWindow = AppendBatch.interval(keyWindow);
    this.moved = moved;
    this.events = events;
    this.direct = direct;
  }

  private static Tuple rules(Namespaces namespaces, int payloadBytesMax) {
    return Tuple.of(
        payloadBytesMax,
        namespaces.all().keySet().toArray(String[]::new),
        namespaces.all().values().stream()
            .filter(Namespace::isEphemeral)
            .map(Namespace::name)
            .toArray(String[]::new));
  }

  public void start() {
    listen();
    poll();
  }

  public void stop() {
    state.set(State.STOPPED);
    SqlConnection connection = listening;
    if (connection != null) {
      connection.close();
    }
  }

  private void poll() {
    if (state.get() != State.STOPPED) {
      wake();
      stayAwake();
      database.after(POLL, this::poll);
    }
  }

  /** A connection that only listens looks like one that hangs; and if it does hang, it shows. */
  private void stayAwake() {
    SqlConnection connection = listening;
    if (connection != null) {
      connection.query("select").execute();
    }
  }

  /** Without it the poll still finds everything, later. */
  private void listen() {
    if (state.get() == State.STOPPED) {
      return;
    }
    direct
        .map(database::connection)
        .orElseGet(database::connection)
        .onSuccess(this::listen)
        .onFailure(failure -> database.after(POLL, this::listen));
  }

  private void listen(SqlConnection connection) {
    connection
        .query("listen tideline_outbox")
        .execute()
        .onFailure(
            failure -> {
              connection.close();
              database.after(POLL, this::listen);
            })
        .onSuccess(
            heard -> {
              listening = connection;
              ((PgConnection) connection).notificationHandler(notification -> wake());
              connection.closeHandler(
                  closed -> {
                    listening = null;
                    database.after(POLL, this::listen);
                  });
              wake();
            });
  }

  private void wake() {
    State before =
        state.getAndUpdate(
            now ->
                switch (now) {
                  case IDLE -> State.MOVING;
                  case MOVING, MOVING_AND_WOKEN -> State.MOVING_AND_WOKEN;
                  case STOPPED -> State.STOPPED;
                });
    if (before == State.IDLE) {
      move();
    }
  }

  private void move() {
    learnRules()
        .compose(known -> move(ROWS_MAX))
        .recover(failure -> isAboutARow(failure) ? moveOne() : Future.failedFuture(failure))
        .onComplete(
            ended -> {
              if (ended.failed()) {
                LOG.debugf(ended.cause(), "The outbox waits");
              }
              again(ended.succeeded() && ended.result() > 0);
            });
  }

  private void again(boolean isMoreLikely) {
    State before =
        state.getAndUpdate(
            now ->
                switch (now) {
                  case MOVING_AND_WOKEN -> State.MOVING;
                  case MOVING -> isMoreLikely ? State.MOVING : State.IDLE;
                  case IDLE, STOPPED -> now;
                });
    if (before == State.MOVING_AND_WOKEN || (before == State.MOVING && isMoreLikely)) {
      move();
    }
  }

  /** Tells the functions in the database what this node's configuration allows. */
  private Future<?> learnRules() {
    return areRulesKnown
        ? Future.succeededFuture()
        : database
            .withConnection(connection -> connection.preparedQuery(RULES).execute(rules))
            .onSuccess(written -> areRulesKnown = true);
  }

  /** The number of rows that left the outbox. */
  private Future<Integer> move(int rowsMax) {
    return epochs
        .guard(
            instance ->
                database.withConnection(
                    connection ->
                        connection
                            .preparedQuery(MOVE)
                            .execute(Tuple.of(instance, keyWindow, rowsMax, BYTES_MAX))))
        .map(
            rows -> {
              announce(rows);
              return rows.size();
            });
  }

  /** A row that can't be moved for what it is must not hold up those behind it. */
  private Future<Integer> moveOne() {
    return move(1)
        .recover(
            failure ->
                isAboutARow(failure)
                    ? refuseOne(FailureKind.answer(failure).getErrorMessage())
                    : Future.failedFuture(failure));
  }

  private Future<Integer> refuseOne(String reason) {
    return database
        .withConnection(connection -> connection.preparedQuery(REFUSE).execute(Tuple.of(reason)))
        .map(
            rows -> {
              LOG.warnf(
                  "Publication %d of the outbox was put aside into tideline.outbox_refused: %s",
                  rows.iterator().next().getLong(0), reason);
              events.outboxRefused();
              return 1;
            });
  }

  /** Data exceptions, violated constraints and limits, our own rules; not a disk that is full. */
  private static boolean isAboutARow(Throwable failure) {
    PgException answer = FailureKind.answer(failure);
    if (answer == null || FailureKind.of(failure) != FailureKind.REFUSED) {
      return false;
    }
    String code = answer.getSqlState();
    return code.startsWith("22")
        || code.startsWith("23")
        || code.startsWith("54")
        || code.equals("TL422");
  }

  private void announce(RowSet<Row> rows) {
    Map<Channel, List<Publication>> publications = new LinkedHashMap<>();
    Map<Channel, ChannelState> states = new LinkedHashMap<>();
    int stored = 0;
    for (Row row : rows) {
      switch (row.getShort("status")) {
        case Reply.STORED -> {
          stored++;
          Channel channel = new Channel(row.getString("channel"));
          states.put(channel, PageQuery.state(channel, row));
          publications
              .computeIfAbsent(channel, first -> new ArrayList<>())
              .add(PageQuery.publication(channel, row));
        }
        case Reply.KEY_CONFLICT -> {
          LOG.warnf(
              "A publication to %s was put aside into tideline.outbox_refused: its key was used"
                  + " for another message",
              row.getString("channel"));
          events.outboxRefused();
        }
        default -> {}
      }
    }
    if (stored > 0) {
      events.outboxMoved(stored);
      moved.accept(
          publications.entrySet().stream()
              .map(entry -> new Announcement.Entry(states.get(entry.getKey()), entry.getValue()))
              .toList());
    }
  }
}
