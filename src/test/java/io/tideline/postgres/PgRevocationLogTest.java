package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Revocation;
import io.tideline.access.Revocation.Kind;
import io.tideline.access.RevocationLog;
import io.tideline.access.RevocationLog.Cursor;
import io.tideline.access.RevocationLog.News;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Retention;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgRevocationLogTest extends PgTest {
  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
  private final Instant later = now.plus(Duration.ofDays(1));

  private final RevocationLog log = history.revocations();

  /** As another node has it. */
  private final RevocationLog elsewhere = other.revocations();

  @BeforeEach
  void empty() {
    database.execute("delete from tideline.revocation");
  }

  @Test
  void otherNodesAreToldOnceInOrder() {
    assertEquals(List.of(), await(elsewhere.since(Cursor.BEGIN)).revocations());
    Revocation alice = add(Kind.SUBJECT, "alice", now);
    Revocation token = add(Kind.TOKEN_ID, "alice", now);
    Revocation all = add(Kind.ALL, null, now.minusSeconds(60));
    News news = await(elsewhere.since(Cursor.BEGIN));
    assertEquals(List.of(alice, token, all), news.revocations());
    assertTrue(news.isAll());
    assertEquals(List.of(), await(elsewhere.since(news.next())).revocations());
    Revocation bob = add(Kind.SUBJECT, "bob", now);
    assertEquals(List.of(bob), await(elsewhere.since(news.next())).revocations());
  }

  @Test
  void aNodeThatStartsAnewIsToldEverything() {
    Revocation alice = add(Kind.SUBJECT, "alice", now);
    RevocationLog started = database.history("another", HistorySettings.defaults()).revocations();
    assertEquals(List.of(alice), await(started.since(Cursor.BEGIN)).revocations());
  }

  @Test
  void oneOfTheSameIsWidenedAndToldAgain() {
    add(Kind.SUBJECT, "alice", now.minusSeconds(60));
    Cursor cursor = await(elsewhere.since(Cursor.BEGIN)).next();
    Revocation wider = add(Kind.SUBJECT, "alice", now);
    News widened = await(elsewhere.since(cursor));
    assertEquals(List.of(wider), widened.revocations());
    add(Kind.SUBJECT, "alice", now.minusSeconds(30));
    assertEquals(List.of(wider), await(elsewhere.since(widened.next())).revocations());
    assertEquals(1, count("revocation"));
  }

  @Test
  void whoeverReadsOnMissesNoneHoweverManyAreAddedAtOnce() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Set<String>> reader = CompletableFuture.supplyAsync(() -> readWhile(done));
    List<CompletableFuture<Void>> added = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      RevocationLog by = i % 2 == 0 ? log : elsewhere;
      added.add(
          by.add(new Revocation(Kind.TOKEN_ID, "t" + i, now, later)).subscribeAsCompletionStage());
    }
    CompletableFuture.allOf(added.toArray(CompletableFuture[]::new)).join();
    done.set(true);
    assertEquals(200, reader.join().size());
  }

  private Set<String> readWhile(AtomicBoolean done) {
    Set<String> read = new HashSet<>();
    Cursor cursor = Cursor.BEGIN;
    while (true) {
      boolean wasDone = done.get();
      News news = await(elsewhere.since(cursor));
      news.revocations().forEach(each -> read.add(each.value()));
      cursor = news.next();
      if (wasDone) {
        return read;
      }
    }
  }

  @Test
  void ofALogThatLostSomeEverythingIsToldAnew() {
    Revocation alice = add(Kind.SUBJECT, "alice", now);
    add(Kind.SUBJECT, "lost", now);
    Cursor cursor = await(elsewhere.since(Cursor.BEGIN)).next();
    database.execute("delete from tideline.revocation where value = 'lost'");
    database.execute("select setval('tideline.revocation_id', " + (cursor.id() - 1) + ")");
    Revocation bob = add(Kind.SUBJECT, "bob", now);
    assertEquals(List.of(alice, bob), await(elsewhere.since(cursor)).revocations());
  }

  @Test
  void thoseThatCannotMatterAnyMoreAreDeleted() {
    await(
        log.add(
            new Revocation(Kind.SUBJECT, "old", now, Instant.now().minus(Duration.ofHours(2)))));
    Revocation alice = add(Kind.SUBJECT, "alice", now);
    Pruner pruner =
        history.pruner(
            namespaces(new Retention(Duration.ofDays(1), 1000)), UpkeepSettings.defaults());
    boolean isEnd = false;
    while (!isEnd) {
      isEnd = await(pruner.step());
    }
    assertEquals(List.of(alice), await(elsewhere.since(Cursor.BEGIN)).revocations());
  }

  @Test
  void withoutTheDatabaseNothingIsPretended() {
    Revocation alice = new Revocation(Kind.SUBJECT, "alice", now, later);
    Outage outage = Outage.begin();
    try {
      assertThrows(HistoryException.class, () -> await(log.add(alice)));
      assertThrows(HistoryException.class, () -> await(log.since(Cursor.BEGIN)));
    } finally {
      outage.end();
    }
    eventually(this::isBack);
  }

  private boolean isBack() {
    try {
      await(log.since(Cursor.BEGIN));
      await(elsewhere.since(Cursor.BEGIN));
      return true;
    } catch (HistoryException notYet) {
      return false;
    }
  }

  private Revocation add(Kind kind, String value, Instant before) {
    Revocation revocation = new Revocation(kind, value, before, later);
    await(log.add(revocation));
    return revocation;
  }
}
