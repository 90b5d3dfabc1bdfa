package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.access.AccessPolicy;
import io.tideline.access.AdminGrant;
import io.tideline.app.ProductDefaults;
import io.tideline.loop.ManualLane;
import io.tideline.stream.Channel;
import io.tideline.stream.MemoryHistory.Fault;
import io.tideline.stream.Start;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The list of a node's connections: complete, in order, by pages, and in small steps. */
class ConnectionsTest {
  private static final int MANY = 3 * ConnectionScan.CURSORS_MAX;

  private final HubNode node = new HubNode(2, ProductDefaults.hubLimits());
  private final Connections connections = new Connections(node.hub, "node");
  private final AdminGrant grant =
      new AccessPolicy(HubNode.NAMESPACES, Clock.systemUTC()).admin(HubNode.SOMEONE).orElseThrow();

  private List<ConnectionStatus> list(ConnectionStatus.Place after, int limit) {
    AtomicReference<List<ConnectionStatus>> found = new AtomicReference<>();
    connections.list(grant, after, limit).subscribe().with(found::set);
    node.runAll();
    return found.get();
  }

  private List<ConnectionStatus> list() {
    return list(ConnectionStatus.Place.BEGIN, Connections.LIMIT_MAX);
  }

  /** One whose socket was full when so many were published. */
  private Subscriber behind(int lane, Channel channel, int messages) {
    RecordingOutlet outlet = new RecordingOutlet();
    Subscriber subscriber = node.connect(lane, outlet);
    node.subscribe(subscriber, channel, Start.NOW);
    outlet.room = 0;
    node.publish(channel, Collections.nCopies(messages, "x").toArray(String[]::new));
    return subscriber;
  }

  @Test
  void whoIsFurthestBehindComesFirstWhateverItsLane() {
    behind(0, new Channel("catch:a"), 3);
    behind(1, new Channel("catch:b"), 7);
    Subscriber atHead = node.connect(0, new RecordingOutlet());
    node.subscribe(atHead, new Channel("catch:a"), Start.NOW);
    List<ConnectionStatus> found = list();
    assertEquals(3, found.size());
    assertEquals(7, found.get(0).lag().messages());
    assertEquals("catch:b", found.get(0).lag().channel().name());
    assertEquals(ConnectionStatus.Why.SOCKET_FULL, found.get(0).lag().why());
    assertNotNull(found.get(0).lag().since());
    assertEquals(3, found.get(1).lag().messages());
    assertNull(found.get(2).lag());
    assertEquals("someone", found.get(2).subject());
  }

  @Test
  void theSubscriptionThatIsBehindMostIsNamedAndItsEndIsSeen() {
    RecordingOutlet outlet = new RecordingOutlet();
    Subscriber subscriber = node.connect(outlet);
    Channel little = new Channel("catch:little");
    Channel much = new Channel("catch:much");
    node.subscribe(subscriber, little, Start.NOW);
    node.subscribe(subscriber, much, Start.NOW);
    outlet.room = 0;
    node.publish(little, "1");
    node.publish(much, "1", "2");
    assertEquals(much, list().get(0).lag().channel());
    outlet.room = RecordingOutlet.BOUND;
    node.lanes.get(0).does(subscriber::writable);
    node.runAll();
    assertNull(list().get(0).lag());
    assertEquals(2, list().get(0).subscriptions());
  }

  /** The log doesn't answer, so the page stays on its way. */
  @Test
  void whoWaitsForAPageReadsHistory() {
    HubNode small = new HubNode(1, HubNode.limits(4));
    small.publish(HubNode.CATCH_UP, "1", "2", "3", "4", "5", "6", "7", "8", "9");
    small.subscribe(small.connect(new RecordingOutlet()), HubNode.CATCH_UP, Start.NOW);
    small.log.faults(() -> Fault.UNAVAILABLE);
    small.subscribe(small.connect(new RecordingOutlet()), HubNode.CATCH_UP, Start.EARLIEST);
    AtomicReference<List<ConnectionStatus>> found = new AtomicReference<>();
    new Connections(small.hub, "node")
        .list(grant, ConnectionStatus.Place.BEGIN, 10)
        .subscribe()
        .with(found::set);
    small.runAll();
    ConnectionStatus.Lag lag = found.get().get(0).lag();
    assertEquals(ConnectionStatus.Why.READING_HISTORY, lag.why());
    assertEquals(9, lag.messages());
  }

  @Test
  void pagesTogetherHaveEachOnce() {
    for (int i = 0; i < 10; i++) {
      behind(i % 2, new Channel("catch:" + i), i / 2);
    }
    List<Long> numbers = new ArrayList<>();
    List<Long> lags = new ArrayList<>();
    ConnectionStatus.Place after = ConnectionStatus.Place.BEGIN;
    List<ConnectionStatus> page = list(after, 3);
    while (!page.isEmpty()) {
      page.forEach(each -> numbers.add(each.number()));
      page.forEach(each -> lags.add(each.place().messages()));
      page = list(page.get(page.size() - 1).place(), 3);
    }
    assertEquals(10, numbers.size());
    assertEquals(10, Set.copyOf(numbers).size());
    assertEquals(lags.stream().sorted(Comparator.reverseOrder()).toList(), lags);
  }

  /** Goal: the lane's sockets have their turn between, and who stays is found whoever goes. */
  @Test
  void manyAreLookedAtInStepsWhileOthersComeAndGo() {
    List<Subscriber> all = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      all.add(node.connect(0, new RecordingOutlet()));
    }
    Subscriber worst = behind(0, HubNode.CATCH_UP, 2);
    for (int i = 0; i < MANY; i++) {
      all.add(node.connect(0, new RecordingOutlet()));
    }
    AtomicReference<List<ConnectionStatus>> found = new AtomicReference<>();
    connections
        .list(grant, ConnectionStatus.Place.BEGIN, Connections.LIMIT_MAX)
        .subscribe()
        .with(found::set);
    ManualLane lane = node.lanes.get(0);
    int steps = 0;
    while (lane.waiting() > 0) {
      lane.runOne();
      steps++;
      Subscriber goes = all.remove(steps * 7);
      lane.execute(goes::closed);
      lane.runOne();
    }
    node.runAll();
    assertTrue(steps >= 2 * MANY / ConnectionScan.CURSORS_MAX, steps + " steps");
    assertEquals(worst.number(), found.get().get(0).number());
    Set<Long> numbers =
        found.get().stream()
            .map(ConnectionStatus::number)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(Connections.LIMIT_MAX, numbers.size(), "none twice");
  }

  @Test
  void noMoreThanAFewListsAreMadeAtATime() {
    List<Throwable> refused = new ArrayList<>();
    List<Object> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      connections
          .list(grant, ConnectionStatus.Place.BEGIN, 1)
          .subscribe()
          .with(made::add, refused::add);
    }
    assertInstanceOf(Connections.BusyException.class, refused.get(0));
    node.runAll();
    assertEquals(4, made.size());
    assertEquals(List.of(), list());
  }
}
