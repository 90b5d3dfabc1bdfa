package io.tideline.postgres;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.BridgeCursors;
import io.tideline.stream.BridgeCursors.Behind;
import io.tideline.stream.Channel;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PgBridgeCursorsTest extends PgTest {
  private static final Duration LEASE = Duration.ofSeconds(2);
  private static final int ALL = 1000;

  @BeforeEach
  void empty() {
    database.execute("delete from tideline.bridge");
    database.execute("delete from tideline.bridge_cursor");
    database.execute("delete from tideline.duty");
  }

  @Test
  void oneNodeHasTheDutyUntilItIsGivenUpOrRunsOut() {
    BridgeCursors here = of(history, "*");
    BridgeCursors there = of(other, "*");
    assertTrue(await(here.hold()));
    assertFalse(await(there.hold()));
    await(there.release());
    assertFalse(await(there.hold()), "only its holder gives it up");
    await(here.release());
    assertTrue(await(there.hold()));
    assertFalse(await(here.hold()));
    eventually(() -> await(here.hold()));
  }

  @Test
  void whoLostTheDutyMovesNothing() {
    Channel channel = channel();
    append(m(channel, "1"));
    Position end = state(channel).headPosition();
    BridgeCursors here = of(history, channel.name());
    assertFalse(await(here.advance(Map.of(channel, end))));
    assertTrue(await(here.hold()));
    assertTrue(await(here.advance(Map.of(channel, end))));
    assertEquals(Map.of(channel, end), await(here.positions(List.of(channel))));
    assertFalse(await(of(other, channel.name()).advance(Map.of(channel, end))));
  }

  @Test
  void aCursorNeverGoesBackInItsEpoch() {
    Channel channel = channel();
    append(m(channel, "1"));
    BridgeCursors here = of(history, channel.name());
    long epoch = state(channel).epoch();
    await(here.hold());
    await(here.advance(Map.of(channel, new Position(epoch, 5))));
    await(here.advance(Map.of(channel, new Position(epoch, 4))));
    assertEquals(5, await(here.positions(List.of(channel))).get(channel).offset());
    await(here.advance(Map.of(channel, new Position(epoch - 1, 2))));
    assertEquals(new Position(epoch - 1, 2), await(here.positions(List.of(channel))).get(channel));
  }

  @Test
  void nowBeginsBehindTheHeadAndEarliestAtWhatIsRetained() {
    Channel channel = channel("begin");
    append(m(channel, "1"));
    append(m(channel, "2"));
    BridgeCursors now = of(history, channel.name());
    begin(now, false);
    assertEquals(List.of(), behind(now));
    append(m(channel, "3"));
    begin(now, false);
    assertEquals(List.of(channel), behind(now));
    assertEquals(2, await(now.positions(List.of(channel))).get(channel).offset());

    await(history.purge(channel, 1));
    BridgeCursors earliest = history.cursors("other", List.of(channel.name()), LEASE);
    begin(earliest, true);
    assertEquals(1, await(earliest.positions(List.of(channel))).get(channel).offset());
  }

  @Test
  void channelsThatComeLaterBeginAtTheirFirst() {
    BridgeCursors cursors = of(history, "later*");
    begin(cursors, false);
    Channel channel = channel("later");
    append(m(channel, "1"));
    assertEquals(List.of(channel), behind(cursors));
    assertEquals(Map.of(), await(cursors.positions(List.of(channel))));
  }

  @Test
  void channelsThatAreAddedBeginAsIsSaidAndTheOthersGoOn() {
    Channel first = channel("first");
    Channel added = channel("added");
    append(m(first, "1"));
    append(m(added, "1"));
    begin(of(history, first.name()), true);
    BridgeCursors both = of(history, first.name(), "added*");
    begin(both, false);
    assertEquals(List.of(first), behind(both));
  }

  @Test
  void aBeginningAndALookGoOnWhereTheyStood() {
    Channel one = channel("look");
    Channel two = channel("look");
    append(m(one, "1"));
    append(m(two, "1"));
    BridgeCursors cursors = of(history, one.name(), two.name());
    String last = await(cursors.begin(true, "", 1));
    assertTrue(last != null && last.compareTo(one.name()) <= 0, last);
    begin(cursors, true);
    assertEquals(null, await(cursors.begin(true, "", 1)), "it is over");
    assertEquals(Set.of(one, two), Set.copyOf(behind(cursors)));
    assertEquals(new Behind(null, List.of()), await(cursors.behind(two.name() + "~", ALL)));
  }

  /** A channel that comes while the others begin is one of them, or begins at its first. */
  @Test
  void theBeginningIsOverWithItsLastChannel() {
    Channel early = channel("0");
    append(m(early, "1"));
    BridgeCursors cursors = of(history, "*");
    await(cursors.begin(false, "", 1));
    append(m(early, "2"));
    begin(cursors, false);
    assertTrue(behind(cursors).contains(early), "its second message came after its beginning");
  }

  @Test
  void anotherEpochIsBehindToo() {
    Channel channel = channel("epoch");
    append(m(channel, "1"));
    BridgeCursors cursors = of(history, channel.name());
    begin(cursors, false);
    assertEquals(List.of(), behind(cursors));
    database.execute("select tideline.new_epoch('test')");
    assertEquals(List.of(channel), behind(cursors));
  }

  @Test
  void changesOfThisNodeAreToldToo() {
    Channel channel = channel();
    BridgeCursors cursors = of(history, "*");
    ChangeCursor from = await(cursors.changesSince(ChangeCursor.NONE)).next();
    append(m(channel, "1"));
    assertTrue(await(cursors.changesSince(from)).states().contains(state(channel)));
  }

  private static void begin(BridgeCursors cursors, boolean isEarliest) {
    String after = "";
    while (after != null) {
      after = await(cursors.begin(isEarliest, after, 2));
    }
  }

  private static List<Channel> behind(BridgeCursors cursors) {
    List<Channel> all = new ArrayList<>();
    String after = "";
    while (after != null) {
      Behind next = await(cursors.behind(after, 2));
      all.addAll(next.channels());
      after = next.last();
    }
    return all;
  }

  private static BridgeCursors of(PgHistory node, String... patterns) {
    return node.cursors("bridge", List.of(patterns), LEASE);
  }
}
