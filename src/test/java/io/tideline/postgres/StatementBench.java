package io.tideline.postgres;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import io.tideline.stream.Message;
import io.tideline.stream.Payload;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * The two hot statements through Hibernate Reactive and through the client beneath it, in turns, so
 * that what else the machine does hits both. Results: docs/adr.
 */
final class StatementBench {
  private static final Duration ROUND = Duration.ofSeconds(3);
  private static final int ROUNDS = 4;
  private static final int PAYLOAD_BYTES = 128;

  private final TestDatabase database = new TestDatabase(MessageEntity.class);
  private final TestDatabase.Node reach = database.node();
  private final Vertx vertx = database.vertx();
  private final OffsetDateTime instance;

  private StatementBench() {
    PgHistory history = database.history("bench", HistorySettings.defaults());
    history.open().await().indefinitely();
    instance =
        reach
            .pool()
            .query("select pg_postmaster_start_time()")
            .execute()
            .toCompletionStage()
            .toCompletableFuture()
            .join()
            .iterator()
            .next()
            .getOffsetDateTime(0);
  }

  public static void main(String[] arguments) {
    StatementBench bench = new StatementBench();
    for (int channels : new int[] {1, 64}) {
      for (int messages : new int[] {1, 64, 512}) {
        bench.compareAppends(channels, messages);
      }
    }
    bench.comparePages();
    System.exit(0);
  }

  private void compareAppends(int channels, int messages) {
    List<Message> batch =
        IntStream.range(0, messages)
            .mapToObj(
                i ->
                    Message.of(
                        new Channel("b" + (i % channels)),
                        new Payload("text/plain", new byte[PAYLOAD_BYTES])))
            .toList();
    String name = channels + " channels, batches of " + messages;
    compare(
        name, "messages", messages, 1, () -> appendByClient(batch), () -> appendByHibernate(batch));
  }

  private Uni<?> appendByClient(List<Message> messages) {
    AppendBatch batch = new AppendBatch(messages, false);
    return Uni.createFrom()
        .completionStage(
            () ->
                reach
                    .pool()
                    .preparedQuery(AppendBatch.SQL)
                    .execute(batch.arguments(UUID.randomUUID(), "n", instance, Duration.ofDays(1)))
                    .map(rows -> Reply.of(rows.iterator().next()).outcomes(batch))
                    .toCompletionStage());
  }

  private Uni<?> appendByHibernate(List<Message> messages) {
    AppendBatch batch = new AppendBatch(messages, false);
    Tuple arguments = batch.arguments(UUID.randomUUID(), "n", instance, Duration.ofDays(1));
    // It can't bind an array of bytes' arrays, so they go as one and are cut in the statement.
    Buffer all = Buffer.buffer();
    Integer[] starts = new Integer[messages.size()];
    Integer[] lengths = new Integer[messages.size()];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = all.length() + 1;
      lengths[i] = messages.get(i).payload().length();
      all.appendBytes(messages.get(i).payload().bytes());
    }
    return session(
        session ->
            session
                .createNativeQuery(
                    "select epoch, cast(bases as text), cast(times as text) from tideline.append_batch(cast(:id as uuid), 'n',"
                        + " cast(:instance as timestamptz), false, interval '1 day',"
                        + " cast(:channels as text[]), cast(:channel as int[]), cast(:nth as int[]),"
                        + " null, null, cast(:contentTypes as text[]), null,"
                        + " array(select substring(cast(:all as bytea) from p.start for p.length)"
                        + " from unnest(cast(:starts as int[]), cast(:lengths as int[]))"
                        + " p (start, length)), null, null, null, null)",
                    Object[].class)
                .setParameter("id", arguments.getUUID(0))
                .setParameter("instance", instance)
                .setParameter("channels", arguments.getArrayOfStrings(5))
                .setParameter("channel", arguments.getArrayOfIntegers(6))
                .setParameter("nth", arguments.getArrayOfIntegers(7))
                .setParameter("contentTypes", arguments.getArrayOfStrings(10))
                .setParameter("all", all.getBytes())
                .setParameter("starts", starts)
                .setParameter("lengths", lengths)
                .getSingleResult());
  }

  private void comparePages() {
    Channel channel = new Channel("pages");
    List<Message> batch =
        IntStream.range(0, 100)
            .mapToObj(i -> Message.of(channel, new Payload("text/plain", new byte[PAYLOAD_BYTES])))
            .toList();
    appendByClient(batch).await().indefinitely();
    long id =
        Long.parseLong(database.query("select id from tideline.channel where name = 'pages'"));
    PageQuery query = new PageQuery(channel, 1, 100);
    compare(
        "pages of 100",
        "pages",
        1,
        8,
        () ->
            Uni.createFrom()
                .completionStage(
                    () ->
                        reach
                            .pool()
                            .preparedQuery(PageQuery.SQL)
                            .execute(query.arguments(instance))
                            .map(query::page)
                            .toCompletionStage()),
        () ->
            session(
                session ->
                    session
                        .createNativeQuery(
                            PageQuery.SQL
                                .replace("$1", "cast(:instance as timestamptz)")
                                .replace("$2", ":name")
                                .replace("$3", ":from")
                                .replace("$4", ":to")
                                .replace("m.headers", "cast(m.headers as text) as headers"),
                            Object[].class)
                        .setParameter("instance", instance)
                        .setParameter("name", "pages")
                        .setParameter("from", 1L)
                        .setParameter("to", 100L)
                        .getResultList()),
        () ->
            session(
                session ->
                    session
                        .createSelectionQuery(
                            "from StoredMessage m where m.channelId = :id and m.offset between 1 and 100 order by m.offset",
                            MessageEntity.class)
                        .setParameter("id", id)
                        .getResultList()));
  }

  @SafeVarargs
  private void compare(
      String name, String unit, int count, int concurrency, Supplier<Uni<?>>... ways) {
    String[] names = {"client", "HR native", "HR entities"};
    double[] best = new double[ways.length];
    double[] micros = new double[ways.length];
    for (int round = 0; round < ROUNDS; round++) {
      for (int way = 0; way < ways.length; way++) {
        double rate = rate(ways[way], concurrency);
        best[way] = Math.max(best[way], rate);
        micros[way] = 1e6 * concurrency / best[way];
      }
    }
    StringBuilder line = new StringBuilder(name);
    for (int way = 0; way < ways.length; way++) {
      line.append(
          String.format(
              " | %s %.0f %s/s (%.0f us)", names[way], best[way] * count, unit, micros[way]));
    }
    System.out.println(line);
  }

  private double rate(Supplier<Uni<?>> way, int concurrency) {
    AtomicLong done = new AtomicLong();
    long started = System.nanoTime();
    long until = started + ROUND.toNanos();
    List<CompletableFuture<Void>> loops = new ArrayList<>();
    Context context = vertx.getOrCreateContext();
    for (int i = 0; i < concurrency; i++) {
      CompletableFuture<Void> loop = new CompletableFuture<>();
      loops.add(loop);
      context.runOnContext(go -> again(way, until, done, loop));
    }
    CompletableFuture.allOf(loops.toArray(CompletableFuture[]::new)).join();
    return done.get() * 1e9 / (System.nanoTime() - started);
  }

  private void again(
      Supplier<Uni<?>> way, long until, AtomicLong done, CompletableFuture<Void> loop) {
    if (System.nanoTime() > until) {
      loop.complete(null);
      return;
    }
    way.get()
        .subscribe()
        .with(
            result -> {
              done.incrementAndGet();
              again(way, until, done, loop);
            },
            failure -> {
              failure.printStackTrace();
              System.exit(1);
            });
  }

  private <T> Uni<T> session(Function<Mutiny.StatelessSession, Uni<T>> work) {
    return reach.sessions().withStatelessSession(work);
  }

  /** What reading pages as entities would take. */
  @Entity(name = "StoredMessage")
  @Table(schema = "tideline", name = "message")
  @IdClass(MessageEntity.Key.class)
  static class MessageEntity {
    @Id
    @Column(name = "channel_id")
    Long channelId;

    @Id
    @Column(name = "\"offset\"")
    Long offset;

    Instant time;
    String type;
    String sender;

    @Column(name = "content_type")
    String contentType;

    byte[] payload;

    static class Key implements Serializable {
      private static final long serialVersionUID = 1L;
      Long channelId;
      Long offset;

      @Override
      public boolean equals(Object other) {
        return other instanceof Key that
            && channelId.equals(that.channelId)
            && offset.equals(that.offset);
      }

      @Override
      public int hashCode() {
        return channelId.hashCode() * 31 + offset.hashCode();
      }
    }
  }
}
