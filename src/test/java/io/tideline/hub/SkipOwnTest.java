package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.tideline.stream.Announcement;
import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Message;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import io.tideline.stream.Start;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A connection that doesn't want back what it published itself. */
class SkipOwnTest {
  private static final SubscribeOptions SKIPPING = SubscribeOptions.NONE.skippingOwn();

  private final HubNode node = new HubNode();
  private final RecordingOutlet outlet = named("me");
  private final RecordingOutlet other = named("you");

  private static RecordingOutlet named(String name) {
    RecordingOutlet outlet = new RecordingOutlet();
    outlet.name = name;
    return outlet;
  }

  private Subscription subscribe(RecordingOutlet to, Channel channel, SubscribeOptions options) {
    SubscribeOutcome outcome = node.subscribe(node.connect(to), channel, Start.NOW, options);
    return ((SubscribeOutcome.Subscribed) outcome).subscription();
  }

  /** In one batch, each text by the connection that is named in front of it. */
  private void publish(Channel channel, String... texts) {
    List<Publisher.Item> items = new ArrayList<>();
    for (String text : texts) {
      String origin = text.substring(0, text.indexOf(' '));
      items.add(HubNode.item(HubNode.message(channel, text).withOrigin(origin)));
    }
    node.publisher.publishEach(PublishSource.BATCH, items).subscribe().with(done -> {});
    node.runAll();
  }

  private void hear(Channel channel, long offset, String text, String origin) {
    Message message = HubNode.message(channel, text).withOrigin(origin);
    boolean isEphemeral = HubNode.NAMESPACES.of(channel).isEphemeral();
    long epoch = isEphemeral ? Publication.EPHEMERAL_EPOCH : node.log.epoch();
    Publication publication = Publication.of(message, epoch, offset, Instant.now());
    node.hub.receive(
        new Announcement(
            "another",
            List.of(
                new Announcement.Entry(
                    new ChannelState(channel, epoch, offset, 1, 0), List.of(publication)))));
    node.runAll();
  }

  @Test
  void itsCursorMovesOverThemInOrder() {
    Subscription mine = subscribe(outlet, HubNode.CATCH_UP, SKIPPING);
    subscribe(other, HubNode.CATCH_UP, SKIPPING);
    RecordingOutlet all = named("me");
    subscribe(all, HubNode.CATCH_UP, SubscribeOptions.NONE);
    publish(HubNode.CATCH_UP, "me 1", "me 2", "you 3", "me 4", "you 5", "you 6", "me 7");
    assertEquals(List.of("you 3", "you 5", "you 6"), outlet.received);
    assertEquals(List.of("me 1", "me 2", "me 4", "me 7"), other.received);
    assertEquals(7, all.received.size());
    assertEquals(1, all.runs.size());
    assertEquals(new Position(node.log.epoch(), 7), mine.position());
    assertEquals(0, mine.behind());
    assertEquals(List.of(), outlet.gaps);
  }

  @Test
  void whatIsNotItsOwnItShares() {
    subscribe(outlet, HubNode.CATCH_UP, SKIPPING);
    subscribe(other, HubNode.CATCH_UP, SubscribeOptions.NONE);
    publish(HubNode.CATCH_UP, "x 1", "x 2");
    assertSame(other.runs.get(0), outlet.runs.get(0));
  }

  @Test
  void whereverItWasPublished() {
    subscribe(outlet, HubNode.CATCH_UP, SKIPPING);
    subscribe(outlet, HubNode.EPHEMERAL, SKIPPING);
    hear(HubNode.CATCH_UP, 1, "1", "me");
    hear(HubNode.CATCH_UP, 2, "2", "you");
    hear(HubNode.CATCH_UP, 3, "3", null);
    hear(HubNode.EPHEMERAL, 1, "4", "me");
    hear(HubNode.EPHEMERAL, 1, "5", "you");
    assertEquals(List.of("2", "3", "5"), outlet.received);
    assertEquals(List.of(), outlet.gaps);
  }

  @Test
  void othersHearWhoPublished() {
    publish(HubNode.EPHEMERAL, "me 1");
    publish(HubNode.CATCH_UP, "me 2");
    for (Announcement announced : node.announced) {
      assertEquals("me", announced.entries().get(0).publications().get(0).origin());
    }
    assertEquals(2, node.announced.size());
  }

  /** The log doesn't say who published. */
  @Test
  void aReplayHasThem() {
    HubNode small = new HubNode(1, HubNode.limits(2));
    Publisher.Item item = HubNode.item(HubNode.message(HubNode.CATCH_UP, "1").withOrigin("me"));
    small
        .publisher
        .publish(PublishSource.REST, item.grant(), item.message())
        .subscribe()
        .with(done -> {});
    small.runAll();
    small.subscribe(small.connect(outlet), HubNode.CATCH_UP, Start.EARLIEST, SKIPPING);
    assertEquals(List.of("1"), outlet.received);
  }

  @Test
  void aConnectionWithoutANameSkipsNothing() {
    outlet.name = null;
    subscribe(outlet, HubNode.CATCH_UP, SKIPPING);
    publish(HubNode.CATCH_UP, "me 1");
    node.publish(HubNode.CATCH_UP, "2");
    assertEquals(List.of("me 1", "2"), outlet.received);
  }

  @Test
  void whenItHasLittleRoomItStillMovesOn() {
    Subscription mine = subscribe(outlet, HubNode.CATCH_UP, SKIPPING);
    outlet.room = 5;
    publish(HubNode.CATCH_UP, "you 1", "me 2", "you 3", "me 4");
    assertEquals(List.of("you 1", "you 3"), outlet.received);
    assertEquals(new Position(node.log.epoch(), 4), mine.position());
  }
}
