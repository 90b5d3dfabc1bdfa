package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.postgres.FaultyLink.Fault;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.AppendOutcome.HeadMoved;
import io.tideline.stream.AppendOutcome.KeyConflict;
import io.tideline.stream.AppendOutcome.Stored;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Goal: whatever happens between a node and PostgreSQL, a message is stored once or not at all. */
class LostAnswerTest extends PgTest {
  private static final HistorySettings IMPATIENT =
      new HistorySettings(
          Duration.ofHours(24), Duration.ofMillis(500), 512, Duration.ofMillis(800), 3, false);

  private FaultyLink link;
  private PgHistory node;

  @BeforeEach
  void connect() {
    link = new FaultyLink(database.vertx(), database.options());
    node = database.history("faulty", HistorySettings.defaults(), link.options(), 4);
  }

  @ParameterizedTest
  @EnumSource(names = {"LOSE_REQUEST", "CUT", "LOSE_ANSWER"})
  void theCallerGetsTheAnswerAllTheSame(Fault fault) {
    Channel channel = channel();
    append(node, m(channel, "first"));
    List<String> sent = new ArrayList<>(List.of("first"));
    for (int i = 0; i < 10; i++) {
      link.next(fault);
      sent.add("m" + i);
      Stored stored = (Stored) append(node, m(channel, "m" + i)).get(0);
      assertTrue(link.hasHappened());
      assertEquals(sent.size(), stored.offset());
      assertFalse(stored.duplicate());
    }
    assertEquals(sent, texts(channel));
  }

  /** Nothing is published on a lane meanwhile, so a long pause would make an outage longer. */
  @Test
  void theAnswerIsKnownSoonAfterTheDatabaseIsBack() throws Exception {
    node = database.history("faulty", HistorySettings.defaults(), link.options(), 1);
    Channel channel = channel();
    append(node, m(channel, "before"));
    link.refuses(true);
    link.next(Fault.LOSE_ANSWER);
    CompletableFuture<List<AppendOutcome>> answer =
        CompletableFuture.supplyAsync(() -> append(node, m(channel, "lost")));
    Thread.sleep(1_700);
    assertFalse(answer.isDone());
    long backNanos = System.nanoTime();
    link.refuses(false);
    assertEquals(2, ((Stored) answer.get(5, TimeUnit.SECONDS).get(0)).offset());
    Duration took = Duration.ofNanos(System.nanoTime() - backNanos);
    assertTrue(took.compareTo(Duration.ofSeconds(1)) < 0, () -> "known after " + took);
  }

  @Test
  void refusalsAreAnsweredTooWhenTheAnswerWasLost() {
    Channel channel = channel();
    Stored first = (Stored) append(node, m(channel, "x").withKey("k")).get(0);
    link.next(Fault.LOSE_ANSWER);
    List<AppendOutcome> outcomes =
        append(
            node,
            m(channel, "x").withKey("k"),
            m(channel, "y").withKey("k"),
            m(channel, "z").withIfMatch(new Position(first.epoch(), 7)),
            m(channel, "new").withKey("l"),
            m(channel, "new").withKey("l"));
    assertTrue(link.hasHappened());
    assertEquals(new Stored(first.epoch(), 1, first.time(), true), outcomes.get(0));
    assertInstanceOf(KeyConflict.class, outcomes.get(1));
    assertEquals(new HeadMoved(first.position()), outcomes.get(2));
    assertEquals(2, ((Stored) outcomes.get(3)).offset());
    assertTrue(((Stored) outcomes.get(4)).duplicate());
    assertEquals(List.of("x", "new"), texts(channel));
  }

  @Test
  void aBatchOfManyChannelsIsAnsweredFromTheJournal() {
    Channel a = channel();
    Channel b = channel();
    append(node, m(b, "0"));
    link.next(Fault.LOSE_ANSWER);
    List<AppendOutcome> outcomes = append(node, m(b, "1"), m(a, "1"), m(b, "2"));
    assertEquals(List.of(2L, 1L, 3L), outcomes.stream().map(o -> ((Stored) o).offset()).toList());
    assertEquals(List.of("0", "1", "2"), texts(b));
  }

  @Test
  void whenTheAnswerDoesNotComeInTimeTheOutcomeIsUnknownAndItsChangesAreToldLate() {
    node = database.history("faulty", IMPATIENT, link.options(), 4);
    Channel channel = channel();
    append(node, m(channel, "1"));
    ChangeCursor cursor = await(node.changesSince(ChangeCursor.NONE)).next();
    link.next(Fault.HANG);
    assertThrows(HistoryException.OutcomeUnknown.class, () -> append(node, m(channel, "2")));
    List<ChannelState> told = new ArrayList<>();
    eventually(
        () -> {
          told.addAll(await(node.changesSince(cursor)).states());
          return !told.isEmpty();
        });
    assertEquals(List.of(state(channel)), told);
    assertEquals(2, state(channel).head());
    assertEquals(3, ((Stored) append(node, m(channel, "3")).get(0)).offset());
  }

  @Test
  void aConnectionThatHangsIsGivenUp() {
    node = database.history("faulty", IMPATIENT, link.options(), 1);
    Channel channel = channel();
    append(node, m(channel, "1"));
    link.next(Fault.HANG);
    assertThrows(HistoryException.OutcomeUnknown.class, () -> append(node, m(channel, "2")));
    eventually(() -> isBack(node, channel));
    assertEquals(List.of("1", "2", "back"), texts(channel));
  }

  @Test
  void whatIsFencedOffNeverCommits() throws Exception {
    node = database.history("faulty", IMPATIENT, link.options(), 4);
    Channel channel = channel();
    append(node, m(channel, "1"));
    // The batch gets to the server, but waits there for the channel until the fence stands.
    try (var blocker = database.connect();
        var statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute(
          "select from tideline.channel where name = '%s' for update".formatted(channel));
      assertThrows(HistoryException.OutcomeUnknown.class, () -> append(node, m(channel, "late")));
      eventually(() -> count("journal where channels = '{}'") > 0);
      blocker.commit();
    }
    append(history, m(channel, "2"));
    assertEquals(List.of("1", "2"), texts(channel));
  }

  @Test
  void unresolvedBatchesAreBounded() {
    node = database.history("faulty", IMPATIENT, link.options(), 4);
    Channel channel = channel();
    append(node, m(channel, "x"));
    Outage outage = Outage.begin();
    try {
      assertThrows(HistoryException.class, () -> append(node, m(channel, "y")));
      for (int i = 0; i < 20; i++) {
        long started = System.nanoTime();
        assertThrows(HistoryException.Unavailable.class, () -> append(node, m(channel, "away")));
        assertTrue(
            Duration.ofNanos(System.nanoTime() - started)
                    .compareTo(IMPATIENT.connectionWait().multipliedBy(3))
                < 0);
      }
    } finally {
      outage.end();
    }
    eventually(() -> isBack(node, channel));
    List<String> texts = texts(channel);
    assertFalse(texts.contains("away"), texts::toString);
  }

  private static boolean isBack(PgHistory node, Channel channel) {
    try {
      append(node, m(channel, "back"));
      return true;
    } catch (HistoryException.Unavailable notYet) {
      return false;
    }
  }
}
