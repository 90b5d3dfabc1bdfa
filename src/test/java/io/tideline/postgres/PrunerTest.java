package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import io.tideline.stream.Message;
import io.tideline.stream.Retention;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrunerTest extends PgTest {
  /** Small steps, so that every loop is passed more than once. */
  private static final UpkeepSettings SMALL =
      new UpkeepSettings(Duration.ofMillis(50), Duration.ofMinutes(10), 3, 2, 4);

  private final AtomicLong pruned = new AtomicLong();
  private Pruner pruner;

  @BeforeEach
  void build() {
    pruner = pruner(new Retention(Duration.ofHours(1), 10), SMALL);
  }

  private Pruner pruner(Retention retention, UpkeepSettings settings) {
    TestDatabase.Node reach = database.node();
    LogEvents events =
        new LogEvents() {
          @Override
          public void pruned(long messages) {
            pruned.addAndGet(messages);
          }
        };
    return new PgHistory(
            database.vertx(),
            reach.sessions(),
            reach.pool(),
            "pruner",
            HistorySettings.defaults(),
            events)
        .pruner(namespaces(retention), settings);
  }

  private void pass() {
    while (!await(pruner.step())) {
      // until the pass ends
    }
  }

  @Test
  void whatPassesTheCountIsGone() {
    List<Channel> channels = IntStream.range(0, 7).mapToObj(i -> channel()).toList();
    channels.forEach(channel -> fill(channel, 13));
    Channel little = channel();
    fill(little, 10);
    pass();
    for (Channel channel : channels) {
      assertEquals(new ChannelState(channel, state(channel).epoch(), 13, 4, 0), state(channel));
      assertEquals(10, rows(channel));
      assertEquals(4, await(history.read(channel, 1, 256)).firstOffset());
    }
    assertEquals(1, state(little).first());
    assertEquals(21, pruned.get());
    pass();
    assertEquals(21, pruned.get());
  }

  @Test
  void whatPassesTheAgeIsGone() {
    Channel channel = channel();
    fill(channel, 6);
    age(channel, 4, "2 hours");
    Channel old = channel();
    fill(old, 3);
    age(old, 3, "61 minutes");
    pass();
    assertEquals(5, state(channel).first());
    assertEquals(2, rows(channel));
    assertEquals(4, state(old).first(), "also the last one");
    assertEquals(0, rows(old));
    assertEquals(4, append(m(old, "next")).offset());
  }

  @Test
  void eachNamespaceHasItsOwnRetention() {
    Channel own = channel("short:");
    Channel unknown = channel("unknown:");
    fill(own, 12);
    fill(unknown, 12);
    pass();
    assertEquals(11, state(own).first());
    assertEquals(3, state(unknown).first(), "as default");
  }

  @Test
  void whatAPurgeHidIsDeleted() {
    Channel channel = channel();
    fill(channel, 9);
    await(history.purge(channel, 5));
    assertEquals(9, rows(channel));
    pass();
    assertEquals(4, rows(channel));
    assertEquals(new ChannelState(channel, state(channel).epoch(), 9, 6, 5), state(channel));
  }

  @Test
  void allNodesLearnOfIt() {
    Channel channel = channel();
    fill(channel, 12);
    ChangeCursor mine = await(history.changesSince(ChangeCursor.NONE)).next();
    ChangeCursor others = await(other.changesSince(ChangeCursor.NONE)).next();
    pass();
    assertTrue(await(history.changesSince(mine)).states().contains(state(channel)));
    assertTrue(await(other.changesSince(others)).states().contains(state(channel)));
  }

  @Test
  void expiredKeysAreDeletedTheOthersStay() {
    Channel channel = channel();
    for (int i = 0; i < 9; i++) {
      append(m(channel, "x").withKey("k" + i));
    }
    long before = count("idempotency_key");
    database.execute(
        "update tideline.idempotency_key set used_at = used_at - interval '24 hours'"
            + " where key < 'k5' and channel_id = (select id from tideline.channel where name = '%s')"
                .formatted(channel));
    pass();
    assertEquals(before - 5, count("idempotency_key"));
    assertTrue(append(m(channel, "x").withKey("k5")).duplicate());
    assertFalse(append(m(channel, "x").withKey("k4")).duplicate());
  }

  /** A reader either sees a journal row or is told that it came too late. */
  @Test
  void theJournalIsTrimmedBehindItsReaders() throws InterruptedException {
    Duration kept = Duration.ofSeconds(1);
    pruner =
        pruner(
            new Retention(Duration.ofHours(1), 1000),
            new UpkeepSettings(Duration.ofMillis(50), kept, 1000, 50, 2));
    Channel channel = channel();
    ChangeCursor early = await(history.changesSince(ChangeCursor.NONE)).next();
    for (int i = 0; i < 5; i++) {
      append(other, m(channel, "x"));
    }
    pass();
    ChangeCursor later = await(history.changesSince(ChangeCursor.NONE)).next();
    assertTrue(await(history.changesSince(early)).complete(), "nothing is old enough yet");
    Thread.sleep(kept.plusMillis(100).toMillis());
    append(other, m(channel, "young"));
    pass();

    Changes missed = await(history.changesSince(early));
    assertFalse(missed.complete());
    Changes seen = await(history.changesSince(later));
    assertTrue(seen.complete(), "what was trimmed, this one had seen");
    assertTrue(seen.states().contains(state(channel)));
    assertEquals("1", database.query("select count(*) from tideline.journal"));
  }

  @Test
  void oneNodeAtATime() {
    assertEquals("t", take("one"));
    assertEquals("f", take("two"));
    assertEquals("t", take("one"));
    database.execute("update tideline.duty set until = now() - interval '1 s' where name = 'test'");
    assertEquals("t", take("two"));
    assertEquals("f", take("one"));
  }

  @Test
  void itRunsByItself() throws InterruptedException {
    Channel channel = channel();
    fill(channel, 30);
    pruner.start();
    try {
      for (int i = 0; i < 100 && rows(channel) > 10; i++) {
        Thread.sleep(100);
      }
      assertEquals(10, rows(channel));
    } finally {
      pruner.stop();
    }
  }

  private static String take(String node) {
    return database.query("select tideline.take_duty('test', '" + node + "', '30 s')");
  }

  private static void fill(Channel channel, int messages) {
    append(
        history,
        IntStream.rangeClosed(1, messages)
            .mapToObj(i -> m(channel, "m" + i))
            .toArray(Message[]::new));
  }

  private static void age(Channel channel, int through, String age) {
    database.execute(
        "update tideline.message set time = time - interval '%s' where \"offset\" <= %d and channel_id = (select id from tideline.channel where name = '%s')"
            .formatted(age, through, channel));
  }

  private static long rows(Channel channel) {
    return Long.parseLong(
        database.query(
            "select count(*) from tideline.message where channel_id = (select id from tideline.channel where name = '%s')"
                .formatted(channel)));
  }
}
