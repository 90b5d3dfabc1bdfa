package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.AppendOutcome.HeadMoved;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import io.tideline.stream.HistoryException;
import io.tideline.stream.Position;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What nodes make of another server behind the same address. */
class EpochsTest extends PgTest {
  @Test
  void aRestartIsNoNewEpoch() throws IOException {
    Channel channel = channel();
    long epoch = append(m(channel, "x")).epoch();
    restart();
    assertEquals(epoch, retried(channel).epoch());
  }

  @Test
  void aFailoverIsANewEpochForAllNodes() throws IOException {
    Channel channel = channel();
    long epoch = append(m(channel, "x")).epoch();
    await(other.states(List.of(channel)));
    ChangeCursor cursor = await(history.changesSince(ChangeCursor.NONE)).next();

    database.execute("update tideline.log_epoch set timeline = timeline + 7");
    restart();

    ChannelState state = retried(channel);
    assertNotEquals(epoch, state.epoch());
    assertEquals(1, state.head(), "the messages are still there");
    assertEquals(
        state, await(other.states(List.of(channel))).get(0), "one new epoch, not one a node");
    assertEquals(state.epoch(), await(other.read(channel, 1, 1)).publications().get(0).epoch());
    assertInstanceOf(
        HeadMoved.class,
        append(history, m(channel, "y").withIfMatch(new Position(epoch, 1))).get(0));
    assertEquals(state.epoch(), append(m(channel, "y")).epoch());
    Changes changes = await(history.changesSince(cursor));
    assertFalse(changes.complete(), "all channels changed at once");
    assertTrue(await(history.changesSince(changes.next())).complete());
  }

  @Test
  void aFailoverWithoutLossKeepsTheEpoch() throws IOException {
    PgHistory lossless =
        database.history(
            "lossless",
            new HistorySettings(
                Duration.ofHours(1), Duration.ofSeconds(2), 10, Duration.ofSeconds(5), 3, true));
    Channel channel = channel();
    long epoch =
        ((io.tideline.stream.AppendOutcome.Stored) append(lossless, m(channel, "x")).get(0))
            .epoch();
    database.execute("update tideline.log_epoch set timeline = timeline + 7");
    restart();
    eventually(() -> isBack(lossless, channel));
    assertEquals(epoch, await(lossless.states(List.of(channel))).get(0).epoch());
    assertEquals(epoch, await(other.states(List.of(channel))).get(0).epoch(), "for all nodes");
  }

  @Test
  void anotherClusterIsANewEpoch() throws IOException {
    Channel channel = channel();
    long epoch = append(m(channel, "x")).epoch();
    database.execute("update tideline.log_epoch set system_identifier = 42");
    restart();
    assertNotEquals(epoch, retried(channel).epoch());
  }

  @Test
  void aConfirmedMessageThatIsMissingIsANewEpoch() throws IOException {
    Channel channel = channel();
    append(m(channel, "1"));
    long epoch = append(m(channel, "2")).epoch();
    database.execute("update tideline.channel set head = 1 where name = '%s'".formatted(channel));
    database.execute(
        "delete from tideline.message where \"offset\" = 2 and channel_id = (select id from tideline.channel where name = '%s')"
            .formatted(channel));
    restart();
    assertNotEquals(epoch, retried(channel).epoch());
    assertEquals(
        "a confirmed message is missing",
        database.query("select reason from tideline.log_epoch order by id desc limit 1"));
  }

  @Test
  void anOperatorCanBeginANewEpoch() {
    Channel channel = channel();
    long epoch = append(m(channel, "x")).epoch();
    database.query("select tideline.new_epoch('restored from a snapshot')");
    assertNotEquals(epoch, state(channel).epoch());
    assertNotEquals(epoch, append(m(channel, "y")).epoch());
  }

  @Test
  void aServerThatLosesWhatItConfirmedIsNotUsed() throws IOException {
    Channel channel = channel();
    append(m(channel, "1"));
    TestDatabase.control().restartWith("fsync=off");
    try {
      eventually(() -> refusesToOpen("late"));
      assertThrows(HistoryException.Unavailable.class, () -> append(m(channel, "2")));
    } finally {
      TestDatabase.control().crash();
      TestDatabase.control().giveBack();
    }
    assertEquals(1, retried(channel).head());
  }

  private static boolean refusesToOpen(String node) {
    try {
      await(database.history(node, HistorySettings.defaults()).open());
      return false;
    } catch (UnsafeServerException unsafe) {
      return true;
    } catch (HistoryException.Unavailable starting) {
      return false;
    }
  }

  private static void restart() throws IOException {
    TestDatabase.control().crash();
  }

  /** The state, once the server is back. */
  private static ChannelState retried(Channel channel) {
    eventually(() -> isBack(history, channel));
    eventually(() -> isBack(other, channel));
    return state(channel);
  }

  private static boolean isBack(PgHistory node, Channel channel) {
    try {
      await(node.states(List.of(channel)));
      return true;
    } catch (HistoryException.Unavailable notYet) {
      return false;
    }
  }
}
