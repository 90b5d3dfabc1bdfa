package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.stream.Channel;
import io.tideline.stream.Gap;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the live side tells whoever counts. */
class FiguresTest {
  private final Figures figures = new Figures();
  private final HubNode node = new HubNode(1, HubNode.limits(4), figures, System::nanoTime);
  private final RecordingOutlet outlet = new RecordingOutlet();

  /** Counts by what it is told. */
  private static final class Figures implements HubEvents {
    private final List<String> lags = new ArrayList<>();
    private final Map<Transport, Integer> connections = new EnumMap<>(Transport.class);
    private final List<String> delivered = new ArrayList<>();
    private final List<Gap> gaps = new ArrayList<>();
    private final List<String> published = new ArrayList<>();

    @Override
    public void connected(Transport transport) {
      connections.merge(transport, 1, Integer::sum);
    }

    @Override
    public void disconnected(Transport transport) {
      connections.merge(transport, -1, Integer::sum);
    }

    @Override
    public void delivered(Transport transport, int messages, int writes) {
      delivered.add(transport + " " + messages + " in " + writes);
    }

    @Override
    public void lag(Delivery delivery, Publication first) {
      lags.add(delivery + " " + first.offset());
    }

    @Override
    public void gapTold(Gap gap) {
      gaps.add(gap);
    }

    @Override
    public void published(PublishSource source, PublishOutcome outcome) {
      published.add(source + " " + outcome.getClass().getSimpleName());
    }
  }

  @Test
  void whatIsStoredWhileTheCursorStandsAtTheHeadIsLive() {
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.NOW);
    node.publish(HubNode.CATCH_UP, "1");
    node.publish(HubNode.CATCH_UP, "2");
    assertEquals(List.of("LIVE 1", "LIVE 2"), figures.lags);
  }

  /** Read from the log as from the tail; what comes after it is live. */
  @Test
  void whatWasStoredBeforeIsAReplay() {
    node.publish(HubNode.CATCH_UP, "1", "2", "3", "4", "5", "6", "7", "8", "9");
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.EARLIEST);
    node.runAll();
    assertEquals(9, outlet.received.size());
    assertEquals(
        List.of(), figures.lags.stream().filter(lag -> !lag.startsWith("REPLAY")).toList());
    figures.lags.clear();
    node.publish(HubNode.CATCH_UP, "10");
    assertEquals(List.of("LIVE 10"), figures.lags);
  }

  @Test
  void whatASlowConnectionGetsLaterIsNoDelayOfTheService() {
    Subscriber subscriber = node.connect(outlet);
    node.subscribe(subscriber, HubNode.CATCH_UP, Start.NOW);
    outlet.room = 0;
    node.publish(HubNode.CATCH_UP, "1");
    node.publish(HubNode.CATCH_UP, "2");
    assertEquals(List.of(), figures.lags);
    outlet.room = RecordingOutlet.BOUND;
    node.lanes.get(0).does(subscriber::writable);
    node.runAll();
    node.publish(HubNode.CATCH_UP, "3");
    assertEquals(List.of("BEHIND 1", "LIVE 3"), figures.lags);
  }

  /** One reader of the history beside live ones must not hide their delay, nor be taken for it. */
  @Test
  void eachKindIsToldOnceAWake() {
    node.subscribe(node.connect(outlet), HubNode.CATCH_UP, Start.NOW);
    node.subscribe(node.connect(new RecordingOutlet()), HubNode.CATCH_UP, Start.NOW);
    RecordingOutlet slow = new RecordingOutlet();
    Subscriber subscriber = node.connect(slow);
    node.subscribe(subscriber, HubNode.CATCH_UP, Start.NOW);
    slow.room = 0;
    node.publish(HubNode.CATCH_UP, "1");
    slow.room = RecordingOutlet.BOUND;
    node.lanes.get(0).execute(subscriber::writable);
    node.publish(HubNode.CATCH_UP, "2");
    assertEquals(List.of("BEHIND 1", "LIVE 1", "LIVE 2"), figures.lags.stream().sorted().toList());
  }

  @Test
  void deliveriesAreToldByTransportOncePerWake() {
    Subscriber one = node.connect(outlet);
    Subscriber two = node.connect(new RecordingOutlet());
    node.subscribe(one, HubNode.CATCH_UP, Start.NOW);
    node.subscribe(two, HubNode.CATCH_UP, Start.NOW);
    node.publish(HubNode.CATCH_UP, "1", "2", "3");
    assertEquals(List.of("WEBSOCKET 6 in 2"), figures.delivered);
    assertEquals(Map.of(Transport.WEBSOCKET, 2), figures.connections);
    node.lanes.get(0).does(one::closed);
    assertEquals(Map.of(Transport.WEBSOCKET, 1), figures.connections);
  }

  @Test
  void whatAnEphemeralChannelDropsIsTold() {
    Subscriber subscriber = node.connect(outlet);
    Channel channel = HubNode.EPHEMERAL;
    node.subscribe(subscriber, channel, Start.NOW);
    outlet.room = 0;
    node.publish(channel, "1", "2", "3", "4", "5", "6", "7");
    outlet.room = RecordingOutlet.BOUND;
    node.lanes.get(0).does(subscriber::writable);
    node.runAll();
    assertEquals(1, figures.gaps.size());
    assertEquals(3, figures.gaps.get(0).count());
    assertEquals(7, figures.published.size());
    assertEquals("BATCH Accepted", figures.published.get(0));
  }
}
