package io.tideline.postgres;

import io.tideline.limit.Backoff;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.HistoryException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowIterator;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * The resolver of a batch's outcome after its answer got lost, which makes sure that the outcome
 * stays so: it puts a row with the batch's id into the journal. If it gets in, the batch hasn't
 * committed and never will, since its own journal row has no room any more; if not, the batch's own
 * row tells the answer.
 */
final class OutcomeResolver {
  private static final Logger LOG = Logger.getLogger(OutcomeResolver.class);
  private static final String SQL = "select * from tideline.fence($1)";
  private static final Duration PAUSE_MIN = Duration.ofMillis(50);

  /** As long as it isn't known the lane publishes nothing: so soon after an outage it goes on. */
  private static final Duration PAUSE_MAX = Duration.ofMillis(250);

  private final Database database;
  private final HistorySettings settings;
  private final LogEvents events;
  private final AtomicInteger unresolved = new AtomicInteger();

  OutcomeResolver(Database database, HistorySettings settings, LogEvents events) {
    this.database = database;
    this.settings = settings;
    this.events = events;
  }

  /** A batch that did commit. */
  record Committed(Reply reply, List<ChannelState> states) {
    static Committed of(Row row) {
      Reply reply = Reply.of(row);
      String[] channels = row.getArrayOfStrings("channels");
      Long[] heads = row.getArrayOfLongs("heads");
      Long[] firsts = row.getArrayOfLongs("firsts");
      Long[] purged = row.getArrayOfLongs("purged");
      List<ChannelState> states = new ArrayList<>(channels.length);
      for (int i = 0; i < channels.length; i++) {
        states.add(
            new ChannelState(
                new Channel(channels[i]), reply.epoch(), heads[i], firsts[i], purged[i]));
      }
      return new Committed(reply, states);
    }
  }

  /** Fails while as many batches are being looked up as are allowed. */
  Future<Void> admit() {
    return unresolved.get() < settings.unresolvedBatchesMax()
        ? Future.succeededFuture()
        : Future.failedFuture(
            new HistoryException.Unavailable(
                "the outcome of " + unresolved + " batches is still being looked up", null));
  }

  /** Asks until it knows, however long that takes: the answer, or empty if it wasn't stored. */
  Future<Optional<Committed>> resolve(UUID batch) {
    unresolved.incrementAndGet();
    Promise<Optional<Committed>> promise = Promise.promise();
    resolve(batch, Backoff.exactly(PAUSE_MIN, PAUSE_MAX), promise);
    return promise
        .future()
        .onSuccess(
            outcome -> {
              unresolved.decrementAndGet();
              events.answerLost(outcome.isPresent());
              LOG.infof(
                  "The answer to batch %s was lost: the batch was %s",
                  batch, outcome.isPresent() ? "stored" : "not stored");
            });
  }

  private void resolve(UUID batch, Backoff backoff, Promise<Optional<Committed>> promise) {
    database
        .withConnection(connection -> connection.preparedQuery(SQL).execute(Tuple.of(batch)))
        .timeout(settings.answerWait().toMillis(), TimeUnit.MILLISECONDS)
        .map(OutcomeResolver::outcome)
        .onSuccess(promise::tryComplete)
        .onFailure(
            failure -> database.after(backoff.next(), () -> resolve(batch, backoff, promise)));
  }

  private static Optional<Committed> outcome(RowSet<Row> rows) {
    RowIterator<Row> own = rows.iterator();
    return own.hasNext() ? Optional.of(Committed.of(own.next())) : Optional.empty();
  }
}
