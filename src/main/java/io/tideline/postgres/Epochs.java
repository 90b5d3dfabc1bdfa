package io.tideline.postgres;

import io.tideline.stream.HistoryException;
import io.tideline.stream.Position;
import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Which server process this node has checked, and that it is checked again whenever another one
 * answers. Every statement names the checked one and is refused by any other: so nothing is read or
 * stored unnoticed on a server that took over.
 */
final class Epochs {
  private static final Logger LOG = Logger.getLogger(Epochs.class);
  private static final String OPEN = "select epoch, instance from tideline.open_log($1, $2, $3)";

  private final Database database;
  private final boolean isFailoverLossless;
  private Future<OffsetDateTime> checked;
  private Witness witness = new Witness(null, 0, 0);
  private long epoch;

  Epochs(Database database, boolean isFailoverLossless) {
    this.database = database;
    this.isFailoverLossless = isFailoverLossless;
  }

  /** The newest that this node knows to be stored: a server without it has lost commits. */
  private record Witness(String channel, long epoch, long offset) {}

  /**
   * The process that was checked; if there is none yet, it is checked now, once for all callers.
   */
  synchronized Future<OffsetDateTime> instance() {
    if (checked == null || checked.failed()) {
      checked = check();
    }
    return checked;
  }

  /** Does {@code work} against the checked process, and once more if another one answered. */
  <T> Future<T> guard(Function<OffsetDateTime, Future<T>> work) {
    return instance()
        .compose(
            instance ->
                work.apply(instance)
                    .recover(
                        failure -> {
                          if (FailureKind.of(failure) != FailureKind.CHECK_SERVER) {
                            return Future.failedFuture(failure);
                          }
                          forget(instance);
                          return instance().compose(work);
                        }));
  }

  /** Another process answered than this one. */
  synchronized void forget(OffsetDateTime instance) {
    if (checked != null && checked.succeeded() && checked.result().equals(instance)) {
      checked = null;
    }
  }

  synchronized void stored(String channel, Position position) {
    witness = new Witness(channel, position.epoch(), position.offset());
  }

  private Future<OffsetDateTime> check() {
    Witness last = witness;
    boolean isComparable = last.epoch() == epoch;
    return database
        .withConnection(
            connection ->
                connection
                    .preparedQuery(OPEN)
                    .execute(
                        Tuple.of(
                            isFailoverLossless,
                            isComparable ? last.channel() : null,
                            isComparable ? last.offset() : null)))
        .map(rows -> opened(rows.iterator().next()))
        .recover(failure -> Future.failedFuture(refusal(failure)));
  }

  private synchronized OffsetDateTime opened(Row row) {
    long found = row.getLong("epoch");
    if (found != epoch) {
      LOG.infof("The log's epoch is %d (before: %d)", found, epoch);
      epoch = found;
    }
    return row.getOffsetDateTime("instance");
  }

  private static HistoryException refusal(Throwable failure) {
    if (failure instanceof HistoryException known) {
      return known;
    }
    PgException answer = FailureKind.answer(failure);
    if (answer != null && FailureKind.UNSAFE_SERVER.equals(answer.getSqlState())) {
      String what = answer.getErrorMessage() + ". " + answer.getHint();
      LOG.error(what);
      return new HistoryException.Unavailable(what, new UnsafeServerException(what));
    }
    return new HistoryException.Unavailable("PostgreSQL can't be checked", failure);
  }
}
