package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Action;
import io.tideline.loop.ManualLane;
import io.tideline.stream.Channel;
import io.tideline.stream.History;
import io.tideline.stream.MemoryHistory.Fault;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Goal: when all come back at once, the log is asked as often as there are distinct pages to read
 * together, whatever the number of clients that want the same one, and few questions at a time.
 */
class ReconnectStormTest {
  private static final int CHANNELS = 1000;
  private static final Channel CROWDED = new Channel("storm:crowded");

  /** A node that nobody has been connected to, and whose log answers when it is told to. */
  private static final class Storm {
    final HubNode node = new HubNode(2, HubNode.limits(4));
    final Queue<Runnable> answers = new ArrayDeque<>();
    final AtomicInteger questions = new AtomicInteger();
    final List<RecordingOutlet> outlets = new ArrayList<>();
    int atOnceMax;

    Storm() {
      node.log.delivery(answers::add);
      node.log.faults(
          () -> {
            questions.incrementAndGet();
            return Fault.NONE;
          });
    }

    void store(Channel channel, int messages) {
      node.log
          .node("other")
          .append(
              IntStream.rangeClosed(1, messages)
                  .mapToObj(i -> HubNode.message(channel, Integer.toString(i)))
                  .toList(),
              false)
          .await()
          .indefinitely();
    }

    void comesBack(Channel channel) {
      RecordingOutlet outlet = new RecordingOutlet();
      outlets.add(outlet);
      Subscriber subscriber = node.connect(outlets.size() % 2, outlet);
      Position seen = new Position(node.log.epoch(), 1);
      ManualLane lane = node.lanes.get(outlets.size() % 2);
      lane.does(
          () ->
              subscriber.subscribe(
                  HubNode.grant(Action.SUBSCRIBE, channel),
                  new Start.After(seen),
                  reply -> assertTrue(reply instanceof SubscribeOutcome.Subscribed)));
    }

    /** Until nobody waits for anything. */
    void passes() {
      node.runAll();
      while (!answers.isEmpty()) {
        atOnceMax = Math.max(atOnceMax, answers.size());
        answers.remove().run();
        node.runAll();
      }
    }
  }

  @Test
  void questionsDependOnPagesAndNotOnClients() {
    int asked = questionsOfAStorm(1);
    assertEquals(asked, questionsOfAStorm(1000));
    int heads = ChannelStateReader.READS_MAX + (CHANNELS + 1) / History.STATES_MAX + 1;
    int pages = heads * (Pages.READS_MAX + 1);
    assertTrue(
        asked <= heads + pages,
        asked + " questions, at most " + heads + " for heads and " + pages + " for pages");
  }

  private static int questionsOfAStorm(int crowd) {
    Storm storm = new Storm();
    List<Channel> channels =
        IntStream.range(0, CHANNELS).mapToObj(i -> new Channel("storm:" + i)).toList();
    channels.forEach(channel -> storm.store(channel, 6));
    storm.store(CROWDED, 6);
    channels.forEach(storm::comesBack);
    for (int i = 0; i < crowd; i++) {
      storm.comesBack(CROWDED);
    }
    storm.passes();
    for (RecordingOutlet outlet : storm.outlets) {
      assertEquals(List.of("2", "3", "4", "5", "6"), outlet.received);
    }
    assertTrue(
        storm.atOnceMax <= ChannelStateReader.READS_MAX + Pages.READS_MAX,
        storm.atOnceMax + " at once");
    return storm.questions.get();
  }

  @Test
  void longPagesTakeMoreQuestionsButAllArrive() {
    Storm storm = new Storm();
    List<Channel> channels =
        IntStream.range(0, 40).mapToObj(i -> new Channel("storm:" + i)).toList();
    channels.forEach(channel -> storm.store(channel, 400));
    channels.forEach(storm::comesBack);
    storm.passes();
    List<String> all = IntStream.rangeClosed(2, 400).mapToObj(Integer::toString).toList();
    storm.outlets.forEach(outlet -> assertEquals(all, outlet.received));
    int pages = 2 * channels.size();
    assertTrue(storm.questions.get() < pages, storm.questions + " questions");
  }

  @Test
  void aFailureIsToldToAllThatWereReadTogether() {
    Storm storm = new Storm();
    List<Channel> channels =
        IntStream.range(0, 30).mapToObj(i -> new Channel("storm:" + i)).toList();
    channels.forEach(channel -> storm.store(channel, 6));
    channels.forEach(
        channel ->
            storm.node.subscribe(storm.node.connect(new RecordingOutlet()), channel, Start.NOW));
    storm.passes();
    AtomicInteger asked = new AtomicInteger();
    storm.node.log.faults(() -> asked.incrementAndGet() <= 10 ? Fault.UNAVAILABLE : Fault.NONE);
    channels.forEach(storm::comesBack);
    storm.passes();
    for (int i = 0; i < 10; i++) {
      storm.node.lanes.forEach(lane -> lane.pass(Duration.ofSeconds(1)));
      storm.passes();
    }
    storm.outlets.forEach(
        outlet -> assertEquals(List.of("2", "3", "4", "5", "6"), outlet.received));
  }
}
