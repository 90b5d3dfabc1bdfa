package io.tideline.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tideline.access.Identity;
import io.tideline.presence.PresenceWrite;
import io.tideline.presence.Seat;
import io.tideline.presence.SeatChange;
import io.tideline.stream.Channel;
import io.tideline.stream.Start;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What subscriptions write of who is present, connection by connection. */
class SeatsOfSubscriptionsTest {
  private static final SubscribeOptions SEATED = SubscribeOptions.NONE.withSeat(new byte[] {7});
  private static final Seat SEAT = new Seat("c1", "someone", new byte[] {7});

  private final HubNode node = new HubNode();
  private final RecordingOutlet outlet = new RecordingOutlet();
  private final Subscriber subscriber = node.connect(outlet);

  private PresenceWrite subscribe(Channel channel, SubscribeOptions options) {
    outlet.name = "c1";
    node.subscribe(subscriber, channel, Start.NOW, options);
    return write();
  }

  private PresenceWrite write() {
    node.attendance.hasNews();
    PresenceWrite rows = node.attendance.take(100);
    node.attendance.written();
    return rows;
  }

  @Test
  void oneThatAsksHasASeatBesideItsMember() {
    PresenceWrite rows = subscribe(HubNode.PRESENT, SEATED);
    assertEquals(1, rows.members().size());
    assertEquals(List.of(new SeatChange(HubNode.PRESENT, SEAT, true)), rows.seats());
    node.lanes.get(0).does(subscriber::closed);
    assertEquals(List.of(new SeatChange(HubNode.PRESENT, SEAT, false)), write().seats());
  }

  @Test
  void oneThatDoesNotAskCostsNoRow() {
    assertEquals(List.of(), subscribe(HubNode.PRESENT, SubscribeOptions.NONE).seats());
  }

  @Test
  void whereNoPresenceIsKeptNobodyHasASeat() {
    assertEquals(0, subscribe(HubNode.CATCH_UP, SEATED).size());
  }

  @Test
  void whoTurnsOutToBeSomebodyElseKeepsTheSeat() {
    subscribe(HubNode.PRESENT, SEATED);
    Identity known = HubNode.SOMEONE;
    node.lanes
        .get(0)
        .does(
            () ->
                subscriber.identity(
                    new Identity(
                        "another",
                        known.tokenId(),
                        known.issuedAt(),
                        known.expiresAt(),
                        known.rights())));
    assertEquals(
        List.of(new SeatChange(HubNode.PRESENT, SEAT.withSubject("another"), true)),
        write().seats());
  }
}
