package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Multi;
import io.tideline.stream.AppendOutcome.Stored;
import io.tideline.stream.Channel;
import io.tideline.stream.Page;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Goal: with hundreds of publishers on one channel, offset order is commit order, without a hole.
 */
class TwoNodesTest extends PgTest {
  private static final int PUBLISHERS = 300;
  private static final int MESSAGES_EACH = 10;

  @Test
  void hundredsOfPublishersAndAReaderThatNeverLooksBack() {
    Channel channel = channel();
    Map<String, Long> confirmed = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<List<String>> reader =
        CompletableFuture.supplyAsync(() -> readWhile(channel, done));

    List<CompletableFuture<?>> publishers = new ArrayList<>();
    for (int p = 0; p < PUBLISHERS; p++) {
      PgHistory node = p % 2 == 0 ? history : other;
      String name = "p" + p;
      publishers.add(
          Multi.createFrom()
              .range(0, MESSAGES_EACH)
              .onItem()
              .transformToUniAndConcatenate(
                  i ->
                      node.append(List.of(m(channel, name + "." + i)), false)
                          .invoke(
                              outcomes ->
                                  confirmed.put(
                                      name + "." + i, ((Stored) outcomes.get(0)).offset())))
              .collect()
              .last()
              .subscribeAsCompletionStage());
    }
    CompletableFuture.allOf(publishers.toArray(CompletableFuture[]::new)).join();
    done.set(true);

    List<String> read = reader.join();
    assertEquals(PUBLISHERS * MESSAGES_EACH, read.size());
    for (int i = 0; i < read.size(); i++) {
      assertEquals(i + 1, confirmed.get(read.get(i)), "the place in the log is the one told");
    }
    Map<String, Integer> last = new HashMap<>();
    for (String text : read) {
      String[] parts = text.split("\\.", 2);
      int number = Integer.parseInt(parts[1]);
      assertEquals(last.getOrDefault(parts[0], -1) + 1, number, "in each publisher's order");
      last.put(parts[0], number);
    }
  }

  /** Reads forward only; what would be committed behind it, it would miss. */
  private static List<String> readWhile(Channel channel, AtomicBoolean done) {
    List<String> read = new ArrayList<>();
    while (true) {
      boolean wasDone = done.get();
      Page page = await(other.read(channel, read.size() + 1, Long.MAX_VALUE));
      for (Publication publication : page.publications()) {
        assertEquals(read.size() + 1, publication.offset());
        read.add(new String(publication.payload().bytes(), StandardCharsets.UTF_8));
      }
      if (wasDone && page.isEmpty()) {
        return read;
      }
    }
  }

  /** Batches that span the same channels in any order must not wait for each other in a circle. */
  @Test
  void manyChannelsABatchDontDeadlock() {
    List<Channel> channels = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      channels.add(channel());
    }
    List<CompletableFuture<?>> publishers = new ArrayList<>();
    for (int p = 0; p < 40; p++) {
      PgHistory node = p % 2 == 0 ? history : other;
      List<Channel> order = new ArrayList<>(channels);
      java.util.Collections.shuffle(order, new java.util.Random(p));
      publishers.add(
          node.append(order.stream().map(channel -> m(channel, "x")).toList(), false)
              .subscribeAsCompletionStage());
    }
    long started = System.nanoTime();
    CompletableFuture.allOf(publishers.toArray(CompletableFuture[]::new)).join();
    channels.forEach(channel -> assertEquals(40, state(channel).head()));
    assertTrue(Duration.ofNanos(System.nanoTime() - started).compareTo(Duration.ofSeconds(20)) < 0);
    assertEquals(
        "0",
        database.query(
            "select deadlocks from pg_stat_database where datname = current_database()"));
  }

  @Test
  void aLongTransactionElsewhereHidesNoChange() throws Exception {
    Channel channel = channel();
    try (var idle = database.connect();
        var statement = idle.createStatement()) {
      idle.setAutoCommit(false);
      statement.execute("select pg_current_xact_id()");
      var cursor = await(history.changesSince(io.tideline.stream.History.ChangeCursor.NONE)).next();
      append(other, m(channel, "x"));
      var changes = await(history.changesSince(cursor));
      assertEquals(List.of(state(channel)), changes.states());
      assertEquals(List.of(), await(history.changesSince(changes.next())).states(), "told once");
    }
  }
}
