package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.Action;
import io.tideline.app.ProductDefaults;
import io.tideline.hub.SubscribeOutcome.Resumption;
import io.tideline.stream.Channel;
import io.tideline.stream.MemoryHistory.Fault;
import io.tideline.stream.Position;
import io.tideline.stream.Start;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class SubscriberTest {
  private final HubNode node = new HubNode(1, withSubscriptions(3));
  private final RecordingOutlet outlet = new RecordingOutlet();
  private final Subscriber subscriber = node.connect(outlet);

  private static HubLimits withSubscriptions(int max) {
    HubLimits defaults = ProductDefaults.hubLimits();
    return new HubLimits(
        max,
        defaults.outgoingBytesMax(),
        defaults.tailEntriesMax(),
        defaults.tailBytesMax(),
        defaults.tailsBytesMax(),
        defaults.pageCacheBytesMax(),
        defaults.idleChannelsMax(),
        defaults.queueMessagesMax(),
        defaults.queueBytesMax(),
        defaults.holeWait());
  }

  private static Channel channel(int number) {
    return new Channel("catch:" + number);
  }

  private boolean unsubscribe(Channel channel) {
    List<Boolean> answer = new ArrayList<>();
    node.lanes.get(0).does(() -> answer.add(subscriber.unsubscribe(channel)));
    return answer.get(0);
  }

  @Test
  void hasAChannelOnce() {
    assertTrue(
        node.subscribe(subscriber, channel(1), Start.NOW) instanceof SubscribeOutcome.Subscribed);
    assertEquals(
        new SubscribeOutcome.AlreadySubscribed(),
        node.subscribe(subscriber, channel(1), Start.NOW));
    assertEquals(1, node.hub.subscribers(channel(1)));
  }

  @Test
  void unsubscribesOnce() {
    assertFalse(unsubscribe(channel(1)), "from nothing");
    node.subscribe(subscriber, channel(1), Start.NOW);
    assertTrue(unsubscribe(channel(1)));
    assertFalse(unsubscribe(channel(1)));
    assertEquals(0, node.hub.subscribers(channel(1)));
    node.publish(channel(1), "1");
    assertEquals(List.of(), outlet.received);
  }

  @Test
  void hasNoMoreChannelsThanItMay() {
    for (int i = 1; i <= 3; i++) {
      node.subscribe(subscriber, channel(i), Start.NOW);
    }
    assertEquals(new SubscribeOutcome.TooMany(), node.subscribe(subscriber, channel(4), Start.NOW));
    unsubscribe(channel(2));
    assertTrue(
        node.subscribe(subscriber, channel(4), Start.NOW) instanceof SubscribeOutcome.Subscribed);
  }

  @Test
  void asksForNoMoreChannelsAtOnceThanItMayHave() {
    Queue<Runnable> answers = new ArrayDeque<>();
    node.log.delivery(answers::add);
    List<SubscribeOutcome> replies = new ArrayList<>();
    node.lanes
        .get(0)
        .does(
            () -> {
              for (int i = 1; i <= 5; i++) {
                subscriber.subscribe(
                    HubNode.grant(Action.SUBSCRIBE, channel(i)), Start.NOW, replies::add);
              }
            });
    assertEquals(List.of(new SubscribeOutcome.TooMany(), new SubscribeOutcome.TooMany()), replies);
    while (!answers.isEmpty()) {
      answers.remove().run();
      node.runAll();
    }
    assertEquals(5, replies.size());
    assertEquals(3, subscriber.subscriptions().size());
  }

  @Test
  void aRefusedRequestLeavesRoomForAnother() {
    node.log.faults(() -> Fault.UNAVAILABLE);
    for (int i = 1; i <= 4; i++) {
      assertEquals(
          new SubscribeOutcome.Unavailable(), node.subscribe(subscriber, channel(i), Start.NOW));
    }
    node.log.faults(() -> Fault.NONE);
    for (int i = 1; i <= 3; i++) {
      assertTrue(
          node.subscribe(subscriber, channel(i), Start.NOW) instanceof SubscribeOutcome.Subscribed);
    }
  }

  @Test
  void whatItUnsubscribedFromWhileItStoodStillIsNotKept() {
    outlet.room = 0;
    node.publish(channel(1), "1");
    for (int i = 0; i < 100; i++) {
      node.subscribe(subscriber, channel(1), Start.EARLIEST);
      unsubscribe(channel(1));
    }
    assertEquals(0, subscriber.behind());
  }

  @Test
  void repliesBeforeAnythingElseWhereItStands() {
    node.publish(channel(1), "1", "2", "3");
    List<Position> positions = new ArrayList<>();
    node.lanes
        .get(0)
        .does(
            () ->
                subscriber.subscribe(
                    HubNode.grant(Action.SUBSCRIBE, channel(1)),
                    new Start.Last(2),
                    reply -> {
                      Subscription made = ((SubscribeOutcome.Subscribed) reply).subscription();
                      positions.add(made.position());
                      assertEquals(2, made.behind());
                      assertEquals(List.of(), outlet.received);
                    }));
    node.runAll();
    assertEquals(List.of(new Position(node.log.epoch(), 1)), positions);
    assertEquals(List.of("2", "3"), outlet.received);
  }

  private Resumption resumption(Channel channel, Start start) {
    Subscriber another = node.connect(new RecordingOutlet());
    SubscribeOutcome outcome = node.subscribe(another, channel, start);
    return ((SubscribeOutcome.Subscribed) outcome).resumption();
  }

  @Test
  void saysWhatAPositionIsWorth() {
    node.publish(channel(1), "1", "2", "3");
    long epoch = node.log.epoch();
    assertEquals(Resumption.NONE, resumption(channel(1), Start.NOW));
    assertEquals(Resumption.NONE, resumption(channel(1), Start.EARLIEST));
    assertEquals(
        Resumption.COMPLETE, resumption(channel(1), new Start.After(new Position(epoch, 0))));
    assertEquals(
        Resumption.COMPLETE, resumption(channel(1), new Start.After(new Position(epoch, 3))));
    assertEquals(
        Resumption.FOREIGN, resumption(channel(1), new Start.After(new Position(epoch, 4))));
    assertEquals(
        Resumption.FOREIGN, resumption(channel(1), new Start.After(new Position(epoch + 1, 2))));
    assertEquals(
        Resumption.FOREIGN, resumption(HubNode.EPHEMERAL, new Start.After(new Position(epoch, 1))));
    node.log.retainFrom(channel(1), 3);
    node.hub.compareAll();
    node.runAll();
    assertEquals(
        Resumption.PURGED, resumption(channel(1), new Start.After(new Position(epoch, 1))));
    assertEquals(
        Resumption.COMPLETE, resumption(channel(1), new Start.After(new Position(epoch, 2))));
  }

  @Test
  void aPositionOfNoLogIsKeptUntilTheLossIsTold() {
    node.publish(channel(1), "1", "2");
    Position foreign = new Position(node.log.epoch(), 99);
    outlet.room = 0;
    SubscribeOutcome reply = node.subscribe(subscriber, channel(1), new Start.After(foreign));
    Subscription subscription = ((SubscribeOutcome.Subscribed) reply).subscription();
    assertEquals(foreign, subscription.position());
    assertEquals(foreign, ((SubscribeOutcome.Subscribed) reply).position());
    assertEquals(Resumption.FOREIGN, ((SubscribeOutcome.Subscribed) reply).resumption());
    assertEquals(1, subscription.behind());
    outlet.room = RecordingOutlet.BOUND;
    node.lanes.get(0).does(subscriber::writable);
    assertEquals(List.of("EPOCH 0-0 0"), outlet.received);
    assertEquals(new Position(node.log.epoch(), 2), subscription.position());
  }

  @Test
  void aPositionAheadOfThisNodeIsJudgedByTheLog() {
    node.publish(channel(1), "1");
    node.subscribe(node.connect(new RecordingOutlet()), channel(1), Start.NOW);
    node.log
        .node("other")
        .append(List.of(HubNode.message(channel(1), "2"), HubNode.message(channel(1), "3")), false)
        .subscribe()
        .with(stored -> {});
    Position ahead = new Position(node.log.epoch(), 2);
    node.subscribe(subscriber, channel(1), new Start.After(ahead));
    assertEquals(List.of("3"), outlet.received);
  }

  @Test
  void aClosedConnectionLeavesNothingBehind() {
    node.subscribe(subscriber, channel(1), Start.NOW);
    Queue<Runnable> answers = new ArrayDeque<>();
    node.log.delivery(answers::add);
    List<SubscribeOutcome> replies = new ArrayList<>();
    node.lanes
        .get(0)
        .does(
            () ->
                subscriber.subscribe(
                    HubNode.grant(Action.SUBSCRIBE, channel(2)), Start.NOW, replies::add));
    node.lanes.get(0).does(subscriber::closed);
    node.lanes.get(0).does(subscriber::closed);
    answers.remove().run();
    node.runAll();
    assertEquals(List.of(), replies);
    assertEquals(0, node.hub.connections());
    assertTrue(node.hub.channels().all().stream().allMatch(local -> local.users == 0));
  }
}
