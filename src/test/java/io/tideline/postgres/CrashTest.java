package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.AppendOutcome;
import io.tideline.stream.AppendOutcome.Stored;
import io.tideline.stream.Channel;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Message;
import io.tideline.stream.Publication;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Goal: nothing confirmed is lost, nothing is stored twice, nothing that was said to be not stored
 * is. Method: publishers on two nodes without keys, whose every message is unique, while backends
 * are killed or the server crashes; then the log is compared with what they were told.
 */
class CrashTest extends PgTest {
  private static final int PUBLISHERS = 6;

  private final Map<String, Stored> confirmed = new ConcurrentHashMap<>();
  private final Set<String> denied = ConcurrentHashMap.newKeySet();
  private final Set<String> unknown = ConcurrentHashMap.newKeySet();
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final List<Channel> channels = List.of(channel(), channel());

  @Test
  void backendsAreKilled() throws Exception {
    while_(
        () -> {
          for (int i = 0; i < 150; i++) {
            database.query(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                    + " where pid <> pg_backend_pid() and query like '%append_batch%'");
            Thread.sleep(20);
          }
        });
    assertTrue(confirmed.size() > 100, confirmed.size() + " confirmed");
  }

  @Test
  void theServerCrashes() throws Exception {
    while_(
        () -> {
          for (int i = 0; i < 4; i++) {
            Thread.sleep(700);
            TestDatabase.control().crash();
            awaitServer();
          }
        });
    assertTrue(confirmed.size() > 100, confirmed.size() + " confirmed");
  }

  /** Publishes while {@code trouble} goes on, then compares. */
  private void while_(Trouble trouble) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < PUBLISHERS; i++) {
        PgHistory node = i % 2 == 0 ? history : other;
        running.add(threads.submit(() -> publish(node)));
      }
      trouble.make();
      stop.set(true);
      for (Future<?> publisher : running) {
        publisher.get(60, TimeUnit.SECONDS);
      }
    } finally {
      stop.set(true);
      threads.shutdownNow();
    }
    awaitServer();
    compare();
  }

  private interface Trouble {
    void make() throws Exception;
  }

  private void publish(PgHistory node) {
    while (!stop.get()) {
      List<Message> batch = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        texts.add("m" + numbers.incrementAndGet());
        batch.add(m(channels.get(i % channels.size()), texts.get(i)));
      }
      try {
        List<AppendOutcome> outcomes = await(node.append(batch, false));
        for (int i = 0; i < batch.size(); i++) {
          confirmed.put(texts.get(i), (Stored) outcomes.get(i));
        }
      } catch (HistoryException.Unavailable notStored) {
        denied.addAll(texts);
      } catch (HistoryException.OutcomeUnknown perhaps) {
        unknown.addAll(texts);
      }
    }
  }

  private void compare() {
    Map<String, Publication> log = new HashMap<>();
    Set<String> twice = new HashSet<>();
    for (Channel channel : channels) {
      long offset = 0;
      for (long head = state(channel).head(); offset < head; ) {
        for (Publication publication :
            await(history.read(channel, offset + 1, head)).publications()) {
          assertEquals(++offset, publication.offset(), "dense");
          String text = new String(publication.payload().bytes(), StandardCharsets.UTF_8);
          if (log.put(text, publication) != null) {
            twice.add(text);
          }
        }
      }
    }
    assertEquals(Set.of(), twice);
    confirmed.forEach(
        (text, stored) -> {
          Publication publication = log.remove(text);
          assertTrue(publication != null, text + " was confirmed and is lost");
          assertEquals(stored.offset(), publication.offset());
          assertEquals(stored.time(), publication.time());
        });
    denied.forEach(text -> assertTrue(!log.containsKey(text), text + " was denied and is there"));
    log.keySet().removeAll(unknown);
    assertEquals(Set.of(), log.keySet(), "nobody published these");
  }

  private static void awaitServer() throws InterruptedException {
    for (int i = 0; i < 300; i++) {
      try {
        database.connect().close();
        return;
      } catch (SQLException down) {
        Thread.sleep(Duration.ofMillis(100).toMillis());
      }
    }
    throw new IllegalStateException("PostgreSQL doesn't come back");
  }
}
