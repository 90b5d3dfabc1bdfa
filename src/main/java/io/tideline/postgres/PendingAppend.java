package io.tideline.postgres;

import io.smallrye.mutiny.subscription.UniEmitter;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.ChannelState;
import io.tideline.stream.HistoryException;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * One batch on its way into the log.
 *
 * <pre>
 * from      event                                     to
 * WAITING   a connection is there                     SENT
 * WAITING   no connection                             DONE  unavailable
 * WAITING   deadline                                  DONE  unavailable
 * SENT      answer                                    DONE  outcomes
 * SENT      rolled back, repeating may help           WAITING, under a new id; at most TRIES_MAX times
 * SENT      rolled back                               DONE  unavailable
 * SENT      the connection broke                      LOST
 * LOST      the fence says: not stored                WAITING, under a new id
 * LOST      the fence says: stored                    DONE  outcomes
 * SENT,LOST deadline                                  DONE  unknown; the fence goes on, and if the batch
 *                                                           was stored, its changes are reported late
 * </pre>
 */
final class PendingAppend {
  private static final int TRIES_MAX = 4;
  private static final int PAUSE_MS_MAX = 20;

  private enum Phase {
    WAITING,
    SENT,
    LOST,
    DONE
  }

  /** What all appends of a node have in common. */
  record Context(
      Database database,
      Epochs epochs,
      OutcomeResolver fence,
      String node,
      HistorySettings settings,
      Consumer<List<ChannelState>> changedLate) {}

  private final Context context;
  private final AppendBatch batch;
  private final UniEmitter<? super List<AppendOutcome>> caller;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.WAITING);
  private final AtomicBoolean isBeingFenced = new AtomicBoolean();
  private volatile UUID id;
  private long deadline;
  private int tries;

  PendingAppend(
      Context context, AppendBatch batch, UniEmitter<? super List<AppendOutcome>> caller) {
    this.context = context;
    this.batch = batch;
    this.caller = caller;
  }

  void start() {
    deadline = context.database().after(context.settings().answerWait(), this::tooLate);
    attempt();
  }

  private void attempt() {
    id = UUID.randomUUID();
    tries++;
    context
        .fence()
        .admit()
        .compose(admitted -> context.epochs().instance())
        .onFailure(this::unavailable)
        .onSuccess(
            instance ->
                context
                    .database()
                    .connection()
                    .onFailure(this::unavailable)
                    .onSuccess(connection -> send(connection, instance)));
  }

  private void send(SqlConnection connection, OffsetDateTime instance) {
    if (!phase.compareAndSet(Phase.WAITING, Phase.SENT)) {
      connection.close();
      return;
    }
    Future<RowSet<Row>> answer =
        connection
            .preparedQuery(AppendBatch.SQL)
            .execute(batch.arguments(id, context.node(), instance, context.settings().keyWindow()));
    answer.onComplete(
        ended -> {
          connection.close();
          if (ended.succeeded()) {
            stored(Reply.of(ended.result().iterator().next()));
          } else {
            failed(ended.cause(), instance);
          }
        });
  }

  private void stored(Reply reply) {
    if (phase.getAndSet(Phase.DONE) != Phase.DONE) {
      context.database().cancel(deadline);
      List<AppendOutcome> outcomes = reply.outcomes(batch);
      witness(outcomes);
      caller.complete(outcomes);
    }
  }

  private void witness(List<AppendOutcome> outcomes) {
    int last = outcomes.size() - 1;
    if (outcomes.get(last) instanceof AppendOutcome.Stored newest) {
      context.epochs().stored(batch.nameOf(last), newest.position());
    }
  }

  private void failed(Throwable failure, OffsetDateTime instance) {
    switch (FailureKind.of(failure)) {
      case REPEAT -> again(Phase.SENT, failure);
      case CHECK_SERVER -> {
        context.epochs().forget(instance);
        again(Phase.SENT, failure);
      }
      case REFUSED -> unavailable(failure);
      case UNKNOWN -> {
        if (phase.compareAndSet(Phase.SENT, Phase.LOST)) {
          resolve(failure);
        }
      }
    }
  }

  private void again(Phase from, Throwable failure) {
    if (tries == TRIES_MAX) {
      unavailable(failure);
    } else if (phase.compareAndSet(from, Phase.WAITING)) {
      int pause = ThreadLocalRandom.current().nextInt(PAUSE_MS_MAX);
      context.database().after(Duration.ofMillis(pause), this::attempt);
    }
  }

  private void resolve(Throwable failure) {
    if (isBeingFenced.compareAndSet(false, true)) {
      context
          .fence()
          .resolve(id)
          .onSuccess(
              outcome -> {
                isBeingFenced.set(false);
                resolved(outcome, failure);
              });
    }
  }

  private void resolved(Optional<OutcomeResolver.Committed> outcome, Throwable failure) {
    if (phase.get() == Phase.DONE) {
      outcome.ifPresent(committed -> context.changedLate().accept(committed.states()));
    } else if (outcome.isPresent()) {
      stored(outcome.get().reply());
    } else {
      again(Phase.LOST, failure);
    }
  }

  private void unavailable(Throwable cause) {
    if (phase.getAndSet(Phase.DONE) != Phase.DONE) {
      context.database().cancel(deadline);
      caller.fail(
          cause instanceof HistoryException.Unavailable known
              ? known
              : new HistoryException.Unavailable("the batch was not stored", cause));
    }
  }

  private void tooLate() {
    switch (phase.getAndSet(Phase.DONE)) {
      case WAITING ->
          caller.fail(
              new HistoryException.Unavailable("the batch could not be sent in time", null));
      case SENT, LOST -> {
        caller.fail(
            new HistoryException.OutcomeUnknown(
                "no answer from PostgreSQL within " + context.settings().answerWait(), null));
        resolve(null);
      }
      case DONE -> {}
    }
  }
}
