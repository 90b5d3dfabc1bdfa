package io.tideline.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.AppendOutcome.HeadMoved;
import io.tideline.stream.AppendOutcome.KeyConflict;
import io.tideline.stream.AppendOutcome.Stored;
import io.tideline.stream.AppendOutcome.Withdrawn;
import io.tideline.stream.History.ChangeCursor;
import io.tideline.stream.History.Changes;
import io.tideline.stream.History.Range;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every {@link History} does. Tests share a log, so each has channels of its own. */
public abstract class HistoryContract {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final AtomicLong NUMBERS = new AtomicLong();

  /** The log as this node sees it. */
  protected abstract History history();

  /** The same log as another node sees it. */
  protected abstract History otherNode();

  /** Makes everything stored so far {@code age} older, as far as keys are concerned. */
  protected abstract void ageKeys(Duration age);

  // append

  @Test
  void offsetsAreDenseFromOneInQueueOrder() {
    Channel a = channel();
    Channel b = channel();
    List<AppendOutcome> outcomes = append(m(a, "1"), m(b, "1"), m(a, "2"), m(a, "3"), m(b, "2"));
    assertEquals(List.of(1L, 1L, 2L, 3L, 2L), offsets(outcomes));
    assertEquals(List.of(4L), offsets(append(m(a, "4"))));
    assertEquals(List.of("1", "2", "3", "4"), texts(read(a, 1, 10)));
    assertEquals(List.of("1", "2"), texts(read(b, 1, 10)));
  }

  @Test
  void everythingComesBackAsItWasPublished() {
    Channel channel = channel();
    Message rich =
        new Message(
            channel,
            new Payload("image/png", new byte[] {0, 1, (byte) 0xff, '\r', '\n'}),
            "order.paid",
            "user 1 ü",
            Map.of("trace", "a \"quoted\" value", "empty", ""),
            "key",
            null);
    Message plain = Message.of(channel, new Payload(null, bytes("{\"a\": 1 }")));
    Message empty = Message.of(channel, new Payload("text/plain", new byte[0]));
    List<AppendOutcome> outcomes = append(rich, plain, empty);

    List<Publication> read = read(channel, 1, 3).publications();
    List<Message> sent = List.of(rich, plain, empty);
    for (int i = 0; i < 3; i++) {
      Stored stored = (Stored) outcomes.get(i);
      assertEquals(
          Publication.of(sent.get(i), stored.epoch(), stored.offset(), stored.time()), read.get(i));
    }
  }

  /** The log has it as if nobody in particular had published it. */
  @Test
  void anOriginIsNotStoredNorPartOfWhatIsRepeated() {
    Channel channel = channel();
    Message message = Message.of(channel, new Payload(null, bytes("1"))).withKey("once");
    append(message.withOrigin("c1"));
    Stored again = (Stored) append(message.withOrigin("c2")).get(0);
    assertTrue(again.duplicate());
    Publication read = read(channel, 1, 1).publications().get(0);
    assertEquals(Publication.of(message, again.epoch(), 1, again.time()), read);
  }

  @Test
  void timesNeverFallAlongAChannel() {
    Channel channel = channel();
    Instant before = Instant.now().minusSeconds(60);
    for (int i = 0; i < 20; i++) {
      append(m(channel, "x"), m(channel, "y"));
    }
    Instant last = before;
    for (Publication publication : read(channel, 1, 100).publications()) {
      assertFalse(publication.time().isBefore(last), publication.time() + " before " + last);
      assertEquals(publication.time().truncatedTo(ChronoUnit.MICROS), publication.time());
      last = publication.time();
    }
  }

  @Test
  void aBatchMayBeEmptyAndIsBounded() {
    assertEquals(List.of(), await(history().append(List.of(), false)));
    List<Message> tooMany =
        IntStream.rangeClosed(0, History.BATCH_MESSAGES_MAX)
            .mapToObj(i -> m(channel(), "x"))
            .toList();
    assertThrows(IllegalArgumentException.class, () -> await(history().append(tooMany, false)));
  }

  @Test
  void aFullBatchIsStored() {
    Channel channel = channel();
    List<Message> full =
        IntStream.rangeClosed(1, History.BATCH_MESSAGES_MAX)
            .mapToObj(i -> m(channel, "m" + i))
            .toList();
    assertEquals(
        LongStream.rangeClosed(1, History.BATCH_MESSAGES_MAX).boxed().toList(),
        offsets(await(history().append(full, false))));
  }

  @Test
  void appendDoesNothingUntilSubscribedTo() {
    Channel channel = channel();
    Uni<List<AppendOutcome>> lazy = history().append(List.of(m(channel, "x")), false);
    assertEquals(0, state(channel).head());
    await(lazy);
    assertEquals(1, state(channel).head());
  }

  // keys

  @Test
  void sameKeyAndPayloadStoresOnceAndAnswersWithTheFirst() {
    Channel channel = channel();
    Message message = m(channel, "x").withKey("k");
    Stored first = (Stored) append(message).get(0);
    append(m(channel, "y"));
    Stored again = (Stored) append(message).get(0);
    assertEquals(new Stored(first.epoch(), 1, first.time(), true), again);
    assertEquals(2, state(channel).head());
  }

  @Test
  void sameKeyWithAnotherMessageIsAConflict() {
    Channel channel = channel();
    Message message = m(channel, "x").withKey("k").withType("t");
    append(message);
    List<AppendOutcome> outcomes =
        append(
            m(channel, "y").withKey("k").withType("t"),
            message.withType("other"),
            Message.of(channel, new Payload("text/html", bytes("x"))).withKey("k").withType("t"),
            m(channel, "free"));
    assertEquals(
        List.of(new KeyConflict(), new KeyConflict(), new KeyConflict()), outcomes.subList(0, 3));
    assertEquals(2, ((Stored) outcomes.get(3)).offset(), "its neighbours don't suffer");
  }

  @Test
  void keysAreResolvedWithinTheBatchToo() {
    Channel channel = channel();
    Channel other = channel();
    List<AppendOutcome> outcomes =
        append(
            m(channel, "x").withKey("k"),
            m(channel, "free"),
            m(channel, "x").withKey("k"),
            m(other, "z").withKey("k"),
            m(channel, "y").withKey("k"),
            m(channel, "x").withKey("k2"));
    assertEquals(stored(outcomes, 0, 1, false), outcomes.get(0));
    assertEquals(stored(outcomes, 1, 2, false), outcomes.get(1));
    assertEquals(stored(outcomes, 0, 1, true), outcomes.get(2));
    assertEquals(1, ((Stored) outcomes.get(3)).offset(), "a key counts for its channel only");
    assertEquals(new KeyConflict(), outcomes.get(4));
    assertEquals(stored(outcomes, 5, 3, false), outcomes.get(5));
    assertEquals(3, state(channel).head());
  }

  @Test
  void aKeyIsFreeAgainAfterItsWindow() {
    Channel channel = channel();
    append(m(channel, "x").withKey("k"));
    ageKeys(Duration.ofHours(25));
    assertEquals(2, ((Stored) append(m(channel, "y").withKey("k")).get(0)).offset());
    assertEquals(List.of(new KeyConflict()), append(m(channel, "x").withKey("k")));
    assertTrue(((Stored) append(m(channel, "y").withKey("k")).get(0)).duplicate());
  }

  @Test
  void aKeyOutlivesItsMessage() {
    Channel channel = channel();
    append(m(channel, "x").withKey("k"));
    await(history().purge(channel, 1));
    Stored again = (Stored) append(m(channel, "x").withKey("k")).get(0);
    assertTrue(again.duplicate());
    assertEquals(1, again.offset());
  }

  @Test
  void manyRepeatsAtOnceStoreOnce() throws Exception {
    Channel channel = channel();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<Stored>> answers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        History node = i % 2 == 0 ? history() : otherNode();
        Message message = m(channel, "x").withKey("k");
        answers.add(
            threads.submit(() -> (Stored) await(node.append(List.of(message), false)).get(0)));
      }
      int firsts = 0;
      for (Future<Stored> answer : answers) {
        assertEquals(1, answer.get().offset());
        firsts += answer.get().duplicate() ? 0 : 1;
      }
      assertEquals(1, firsts);
      assertEquals(1, state(channel).head());
    } finally {
      threads.shutdownNow();
    }
  }

  // If-Match

  @Test
  void ifMatchDemandsTheHead() {
    Channel channel = channel();
    Position start = state(channel).headPosition();
    Stored first = (Stored) append(m(channel, "1").withIfMatch(start)).get(0);
    assertEquals(1, first.offset());
    assertEquals(
        List.of(new HeadMoved(first.position())), append(m(channel, "x").withIfMatch(start)));
    Position ahead = new Position(first.epoch(), 7);
    assertEquals(
        List.of(new HeadMoved(first.position())), append(m(channel, "x").withIfMatch(ahead)));
    Position otherEpoch = new Position(first.epoch() == 1 ? 2 : first.epoch() - 1, 1);
    assertEquals(
        List.of(new HeadMoved(first.position())), append(m(channel, "x").withIfMatch(otherEpoch)));
    assertEquals(
        2, ((Stored) append(m(channel, "2").withIfMatch(first.position())).get(0)).offset());
  }

  @Test
  void ifMatchCountsTheBatchsOwnPredecessors() {
    Channel channel = channel();
    long epoch = state(channel).epoch();
    List<AppendOutcome> outcomes =
        append(
            m(channel, "1").withIfMatch(new Position(epoch, 0)),
            m(channel, "refused").withIfMatch(new Position(epoch, 0)),
            m(channel, "2").withIfMatch(new Position(epoch, 1)),
            m(channel, "3"),
            m(channel, "4").withIfMatch(new Position(epoch, 3)));
    assertEquals(1, ((Stored) outcomes.get(0)).offset());
    assertEquals(new HeadMoved(new Position(epoch, 1)), outcomes.get(1));
    assertEquals(2, ((Stored) outcomes.get(2)).offset());
    assertEquals(3, ((Stored) outcomes.get(3)).offset());
    assertEquals(4, ((Stored) outcomes.get(4)).offset());
    assertEquals(List.of("1", "2", "3", "4"), texts(read(channel, 1, 9)));
  }

  @Test
  void keysComeBeforeIfMatch() {
    Channel channel = channel();
    Position start = state(channel).headPosition();
    Message message = m(channel, "1").withKey("k").withIfMatch(start);
    append(message);
    Stored again = (Stored) append(message).get(0);
    assertTrue(again.duplicate(), "a repeated publish is answered as the first one was");
    assertEquals(
        List.of(new KeyConflict()), append(m(channel, "2").withKey("k").withIfMatch(start)));
  }

  @Test
  void aMessageThatWasRefusedDoesNotTakeItsKey() {
    Channel channel = channel();
    long epoch = state(channel).epoch();
    List<AppendOutcome> outcomes =
        append(
            m(channel, "x").withKey("k").withIfMatch(new Position(epoch, 9)),
            m(channel, "y").withKey("k"),
            m(channel, "y").withKey("k"),
            m(channel, "x").withKey("k"));
    assertInstanceOf(HeadMoved.class, outcomes.get(0));
    assertEquals(stored(outcomes, 1, 1, false), outcomes.get(1));
    assertEquals(stored(outcomes, 1, 1, true), outcomes.get(2));
    assertEquals(new KeyConflict(), outcomes.get(3));
  }

  @Test
  void ofManyWithTheSameIfMatchOneWins() throws Exception {
    Channel channel = channel();
    Position start = state(channel).headPosition();
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Future<AppendOutcome>> answers = new ArrayList<>();
      for (int i = 0; i < 32; i++) {
        History node = i % 2 == 0 ? history() : otherNode();
        Message message = m(channel, "m" + i).withIfMatch(start);
        answers.add(threads.submit(() -> await(node.append(List.of(message), false)).get(0)));
      }
      int winners = 0;
      for (Future<AppendOutcome> answer : answers) {
        winners += answer.get() instanceof Stored ? 1 : 0;
      }
      assertEquals(1, winners);
    } finally {
      threads.shutdownNow();
    }
  }

  // atomic

  @Test
  void anAtomicBatchIsStoredAsAWhole() {
    Channel a = channel();
    Channel b = channel();
    List<AppendOutcome> outcomes =
        await(history().append(List.of(m(a, "1").withKey("k"), m(b, "1"), m(a, "2")), true));
    assertEquals(List.of(1L, 1L, 2L), offsets(outcomes));
  }

  @Test
  void anAtomicBatchWithARefusedMessageStoresNothing() {
    Channel a = channel();
    Channel b = channel();
    append(m(a, "x").withKey("k"));
    Position start = state(b).headPosition();
    assertEquals(
        List.of(new Withdrawn(), new KeyConflict(), new Withdrawn(), new Withdrawn()),
        await(
            history()
                .append(
                    List.of(
                        m(b, "1").withKey("new"),
                        m(a, "other").withKey("k"),
                        m(a, "x").withKey("k"),
                        m(a, "2")),
                    true)));
    assertEquals(
        List.of(new Withdrawn(), new HeadMoved(start)),
        await(
            history().append(List.of(m(b, "1"), m(b, "2").withIfMatch(new Position(1, 9))), true)));
    assertEquals(1, state(a).head());
    assertEquals(0, state(b).head());
    assertFalse(
        ((Stored) append(m(b, "other").withKey("new")).get(0)).duplicate(),
        "a withdrawn message doesn't take its key");
  }

  // read

  @Test
  void aPageOfAnUnusedChannelIsEmpty() {
    Channel channel = channel();
    Page page = read(channel, 1, 256);
    assertTrue(page.isEmpty());
    assertEquals(ChannelState.unused(channel, page.state().epoch()), page.state());
  }

  @Test
  void aPageIsTheRangeAskedFor() {
    Channel channel = channel();
    fill(channel, 10);
    assertEquals(List.of("m3", "m4", "m5"), texts(read(channel, 3, 5)));
    assertEquals(List.of("m9", "m10"), texts(read(channel, 9, 300)));
    assertTrue(read(channel, 11, 300).isEmpty());
    assertEquals(10, read(channel, 11, 300).state().head());
  }

  @Test
  void aPageIsBoundedInMessages() {
    Channel channel = channel();
    fill(channel, 300);
    Page page = read(channel, 2, 1000);
    assertEquals(History.PAGE_MESSAGES_MAX, page.publications().size());
    assertEquals(2, page.firstOffset());
    assertEquals(257, page.lastOffset());
  }

  @Test
  void aPageIsBoundedInBytesButNeverEmptyForThat() {
    Channel channel = channel();
    int third = History.PAGE_BYTES_MAX / 3;
    append(sized(channel, third), sized(channel, third), sized(channel, third));
    append(sized(channel, third), sized(channel, History.PAGE_BYTES_MAX * 2));
    append(sized(channel, 1));
    assertEquals(3, read(channel, 1, 256).publications().size());
    assertEquals(1, read(channel, 4, 256).publications().size());
    assertEquals(1, read(channel, 5, 256).publications().size());
    assertEquals(1, read(channel, 6, 256).publications().size());
  }

  // readAll

  @Test
  void rangesAreReadTogetherAsEachByItself() {
    Channel used = channel();
    Channel unused = channel();
    Channel purged = channel();
    Channel emptied = channel();
    fill(used, 300);
    fill(purged, 9);
    fill(emptied, 3);
    await(history().purge(purged, 4));
    await(history().purge(emptied, 3));
    List<Range> ranges =
        List.of(
            new Range(used, 1, 256),
            new Range(unused, 1, 256),
            new Range(purged, 1, 256),
            new Range(used, 257, 512),
            new Range(emptied, 1, 256),
            new Range(purged, 6, 7),
            new Range(used, 301, 512),
            new Range(used, 1, 1000));
    List<Page> together = await(history().readAll(ranges));
    assertEquals(ranges.stream().map(this::read).toList(), together);
    assertEquals(
        List.of(read(used, 5, 9)), await(history().readAll(List.of(new Range(used, 5, 9)))));
    assertEquals(List.of(), await(history().readAll(List.of())));
  }

  @Test
  void rangesAreBoundedInNumberAndMessages() {
    List<Range> many = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Channel channel = channel();
      fill(channel, 256);
      many.add(new Range(channel, 1, 256));
    }
    List<Page> pages = await(history().readAll(many));
    assertEquals(History.RANGES_MESSAGES_MAX / 256, pages.size());
    assertEquals(many.stream().map(this::read).toList(), readAllOf(many));

    Channel channel = channel();
    fill(channel, 2);
    List<Range> most = new ArrayList<>();
    for (int i = 0; i < History.RANGES_MAX; i++) {
      most.add(new Range(i % 2 == 0 ? channel : channel(), 1, 256));
    }
    assertEquals(History.RANGES_MAX, await(history().readAll(most)).size());
    most.add(new Range(channel, 1, 256));
    assertThrows(IllegalArgumentException.class, () -> await(history().readAll(most)));
  }

  @Test
  void rangesAreBoundedInBytesTogetherAndNoneIsEmptiedByThat() {
    int third = History.PAGE_BYTES_MAX / 3;
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Channel channel = channel();
      append(sized(channel, third), sized(channel, third));
      ranges.add(new Range(channel, 1, 256));
      ranges.add(new Range(channel(), 1, 256));
    }
    List<Page> pages = await(history().readAll(ranges));
    assertEquals(
        List.of(2, 0, 1),
        pages.subList(0, 3).stream().map(page -> page.publications().size()).toList());
    assertTrue(pages.size() <= 4, pages.size() + " pages");
    readAllOf(ranges)
        .forEach(page -> assertEquals(page.state().head(), page.publications().size()));

    Channel large = channel();
    append(sized(large, History.PAGE_BYTES_MAX * 2), sized(large, 1));
    List<Page> alone = await(history().readAll(List.of(new Range(large, 1, 9), ranges.get(0))));
    assertEquals(1, alone.size());
    assertEquals(1, alone.get(0).publications().size());
  }

  /** Asks again for what wasn't read, as often as it takes. */
  private List<Page> readAllOf(List<Range> ranges) {
    List<Page> pages = new ArrayList<>();
    List<Range> rest = new ArrayList<>(ranges);
    while (!rest.isEmpty()) {
      List<Page> read = await(history().readAll(rest));
      assertTrue(!read.isEmpty(), "at least one is read");
      for (Page page : read) {
        Range asked = rest.remove(0);
        long retained = Math.min(asked.to(), page.state().head());
        if (page.isEmpty() || page.lastOffset() == retained) {
          pages.add(page);
        } else {
          Page more = read(asked.channel(), page.lastOffset() + 1, asked.to());
          List<Publication> both = new ArrayList<>(page.publications());
          both.addAll(more.publications());
          pages.add(new Page(page.state(), both));
        }
      }
    }
    return pages;
  }

  private Page read(Range range) {
    return read(range.channel(), range.from(), range.to());
  }

  // states, since, purge, list

  @Test
  void statesComeInTheOrderAsked() {
    Channel used = channel();
    Channel unused = channel();
    Channel purged = channel();
    fill(used, 3);
    fill(purged, 5);
    await(history().purge(purged, 4));
    List<ChannelState> states = await(history().states(List.of(purged, unused, used)));
    long epoch = states.get(0).epoch();
    assertEquals(
        List.of(
            new ChannelState(purged, epoch, 5, 5, 4),
            ChannelState.unused(unused, epoch),
            new ChannelState(used, epoch, 3, 1, 0)),
        states);
    assertTrue(epoch > 0);
    List<Channel> tooMany =
        IntStream.rangeClosed(0, History.STATES_MAX).mapToObj(i -> channel()).toList();
    assertThrows(IllegalArgumentException.class, () -> await(history().states(tooMany)));
  }

  @Test
  void sinceFindsTheFirstAtOrAfterATime() {
    Channel channel = channel();
    assertEquals(1, since(channel, Instant.EPOCH), "an unused channel's head + 1");
    List<Instant> times = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      times.add(((Stored) append(m(channel, "x")).get(0)).time());
      pass(Duration.ofMillis(2));
    }
    for (int i = 0; i < 9; i++) {
      assertEquals(i + 1, since(channel, times.get(i)));
      assertEquals(i + 2, since(channel, times.get(i).plusNanos(1000)));
    }
    assertEquals(1, since(channel, Instant.EPOCH));
    assertEquals(10, since(channel, times.get(8).plusSeconds(1)));
    await(history().purge(channel, 4));
    assertEquals(5, since(channel, Instant.EPOCH), "what is gone isn't found");
    await(history().purge(channel, 9));
    assertEquals(10, since(channel, Instant.EPOCH));
  }

  @Test
  void purgeRemovesUpToAndIncluding() {
    Channel channel = channel();
    fill(channel, 5);
    ChannelState state = await(history().purge(channel, 2));
    assertEquals(new ChannelState(channel, state.epoch(), 5, 3, 2), state);
    assertEquals(List.of("m3", "m4", "m5"), texts(read(channel, 1, 9)));
    assertEquals(state, await(history().purge(channel, 1)), "purging less changes nothing");
    assertEquals(state, read(channel, 1, 9).state());
  }

  @Test
  void purgeNeverResetsOffsets() {
    Channel channel = channel();
    fill(channel, 3);
    assertEquals(4, await(history().purge(channel, 1000)).first());
    assertTrue(read(channel, 1, 9).isEmpty());
    assertEquals(List.of(4L), offsets(append(m(channel, "x"))));
    assertEquals(List.of("x"), texts(read(channel, 1, 9)));
  }

  @Test
  void purgingAnUnusedChannelLeavesItUnused() {
    Channel channel = channel();
    ChannelState state = await(history().purge(channel, 5));
    assertEquals(ChannelState.unused(channel, state.epoch()), state);
  }

  @Test
  void listIsByPrefixAndPaged() {
    String prefix = channel().name();
    List<Channel> channels =
        List.of(
            new Channel(prefix + ":"),
            new Channel(prefix + ":A"),
            new Channel(prefix + ":_"),
            new Channel(prefix + ":a"),
            new Channel(prefix + ":~"));
    channels.forEach(channel -> fill(channel, 2));
    fill(new Channel(prefix + "~"), 1);
    state(new Channel(prefix + ":b"));

    List<ChannelState> first = await(history().list(prefix + ":", "", 3));
    List<ChannelState> second =
        await(history().list(prefix + ":", first.get(2).channel().name(), 3));
    List<ChannelState> all = new ArrayList<>(first);
    all.addAll(second);
    assertEquals(channels, all.stream().map(ChannelState::channel).toList());
    assertEquals(2, all.get(0).head());
    assertEquals(List.of(), await(history().list(prefix + ":", prefix + ":~", 3)));
  }

  // changes

  @Test
  void theFirstCallReportsACursorAlone() {
    fill(channel(), 1);
    Changes changes = await(history().changesSince(ChangeCursor.NONE));
    assertEquals(List.of(), changes.states());
    assertTrue(changes.complete());
    assertNotEquals(ChangeCursor.NONE, changes.next());
  }

  @Test
  void changesOfOtherNodesAreReportedWithTheNewestState() {
    Channel channel = channel();
    ChangeCursor cursor = await(history().changesSince(ChangeCursor.NONE)).next();
    await(otherNode().append(List.of(m(channel, "1"), m(channel, "2")), false));
    await(otherNode().append(List.of(m(channel, "3")), false));
    Changes changes = await(history().changesSince(cursor));
    assertEquals(3, of(channel, changes).head());
    assertTrue(changes.complete());
    assertEquals(null, of(channel, await(history().changesSince(changes.next()))));
  }

  @Test
  void ownChangesAreKnownFromTheAnswers() {
    Channel channel = channel();
    ChangeCursor cursor = await(history().changesSince(ChangeCursor.NONE)).next();
    fill(channel, 1);
    assertEquals(null, of(channel, await(history().changesSince(cursor))));
  }

  @Test
  void aPurgeIsAChangeForAllNodes() {
    Channel channel = channel();
    fill(channel, 3);
    ChangeCursor cursor = await(history().changesSince(ChangeCursor.NONE)).next();
    ChangeCursor other = await(otherNode().changesSince(ChangeCursor.NONE)).next();
    ChannelState purged = await(history().purge(channel, 2));
    assertEquals(purged, of(channel, await(history().changesSince(cursor))));
    assertEquals(purged, of(channel, await(otherNode().changesSince(other))));
  }

  @Test
  void aBatchThatStoresNothingIsNoChange() {
    Channel channel = channel();
    await(otherNode().append(List.of(m(channel, "x").withKey("k")), false));
    ChangeCursor cursor = await(history().changesSince(ChangeCursor.NONE)).next();
    await(otherNode().append(List.of(m(channel, "x").withKey("k")), false));
    assertEquals(null, of(channel, await(history().changesSince(cursor))));
  }

  /** While others write, whatever they had answered before a call began is reported by it. */
  @Test
  void nothingThatCommitsIsEverSkipped() throws Exception {
    int writers = 6;
    ConcurrentMap<Channel, Long> answered = new ConcurrentHashMap<>();
    AtomicBoolean stop = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      ChangeCursor cursor = await(history().changesSince(ChangeCursor.NONE)).next();
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        Channel channel = channel();
        running.add(
            threads.submit(
                () -> {
                  while (!stop.get()) {
                    List<Message> batch = List.of(m(channel, "x"), m(channel, "y"));
                    Stored last = (Stored) await(otherNode().append(batch, false)).get(1);
                    answered.put(channel, last.offset());
                  }
                }));
      }
      Map<Channel, Long> seen = new HashMap<>();
      for (int i = 0; i < 200; i++) {
        Map<Channel, Long> before = Map.copyOf(answered);
        Changes changes = await(history().changesSince(cursor));
        assertTrue(changes.complete());
        changes.states().forEach(state -> seen.merge(state.channel(), state.head(), Math::max));
        before.forEach(
            (channel, head) ->
                assertTrue(
                    seen.getOrDefault(channel, 0L) >= head, channel + ": " + seen + " " + head));
        cursor = changes.next();
      }
      stop.set(true);
      for (Future<?> writer : running) {
        writer.get();
      }
    } finally {
      stop.set(true);
      threads.shutdownNow();
      assertTrue(threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
  }

  // for subclasses and tests

  /** A channel that no other test uses. */
  protected static Channel channel() {
    return new Channel("c" + NUMBERS.incrementAndGet() + "." + System.nanoTime());
  }

  protected static Message m(Channel channel, String text) {
    return Message.of(channel, new Payload("text/plain", bytes(text)));
  }

  protected static <T> T await(Uni<T> uni) {
    return uni.await().atMost(PATIENCE);
  }

  protected List<AppendOutcome> append(Message... messages) {
    return await(history().append(List.of(messages), false));
  }

  protected Page read(Channel channel, long from, long to) {
    return await(history().read(channel, from, to));
  }

  protected ChannelState state(Channel channel) {
    return await(history().states(List.of(channel))).get(0);
  }

  protected void fill(Channel channel, int messages) {
    await(
        history()
            .append(
                IntStream.rangeClosed(1, messages).mapToObj(i -> m(channel, "m" + i)).toList(),
                false));
  }

  /** Lets time pass on the log's clock. */
  protected void pass(Duration time) {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  protected static List<Long> offsets(List<AppendOutcome> outcomes) {
    return outcomes.stream().map(outcome -> ((Stored) outcome).offset()).toList();
  }

  protected static List<String> texts(Page page) {
    return page.publications().stream()
        .map(p -> new String(p.payload().bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  protected static ChannelState of(Channel channel, Changes changes) {
    return changes.states().stream()
        .filter(state -> state.channel().equals(channel))
        .findFirst()
        .orElse(null);
  }

  private long since(Channel channel, Instant time) {
    return await(history().offsetSince(channel, time));
  }

  /** What the outcome at {@code index} has, at {@code offset}. */
  private static Stored stored(
      List<AppendOutcome> outcomes, int index, long offset, boolean isDuplicate) {
    Stored stored = (Stored) outcomes.get(index);
    return new Stored(stored.epoch(), offset, stored.time(), isDuplicate);
  }

  private static Message sized(Channel channel, int bytes) {
    return Message.of(channel, new Payload("application/octet-stream", new byte[bytes]));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
