package io.tideline.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tideline.stream.Channel;
import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.Page;
import io.tideline.stream.Payload;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class OutboundStepTest {
  private static final Channel CHANNEL = new Channel("orders:1");
  private static final long EPOCH = 7;

  @Test
  void whatFollowsTheCursorIsCarriedInOrder() {
    List<OutboundStep> steps = OutboundStep.after(at(2), page(5, 1, 0, 3, 4, 5));
    assertEquals(List.of(at(3), at(4), at(5)), positions(steps));
    assertTrue(steps.stream().allMatch(OutboundStep.Carried.class::isInstance));
  }

  @Test
  void aChannelWithoutACursorBeginsAtItsFirst() {
    assertEquals(List.of(at(1), at(2)), positions(OutboundStep.after(null, page(2, 1, 0, 1, 2))));
  }

  @Test
  void whatRetentionTookIsToldBeforeWhatIsLeft() {
    List<OutboundStep> steps = OutboundStep.after(at(2), page(6, 5, 0, 5, 6));
    assertEquals(gap(3, 4, Gap.Reason.RETENTION), steps.get(0));
    assertEquals(List.of(at(4), at(5), at(6)), positions(steps));
  }

  @Test
  void whatWasTakenBeforeTheFirstCursorIsToldToo() {
    assertEquals(List.of(gap(1, 4, Gap.Reason.PURGED)), OutboundStep.after(null, page(4, 5, 4)));
  }

  @Test
  void anotherEpochIsToldAndLeavesTheCursorAtTheHead() {
    List<OutboundStep> steps = OutboundStep.after(new Position(6, 2), page(5, 1, 0, 3, 4, 5));
    assertEquals(List.of(new OutboundStep.Told(Gap.ofEpoch(CHANNEL, at(5)))), steps);
  }

  @Test
  void aHeadBehindTheCursorIsNoSilence() {
    List<OutboundStep> steps = OutboundStep.after(at(9), page(5, 1, 0));
    assertEquals(List.of(new OutboundStep.Told(Gap.ofEpoch(CHANNEL, at(5)))), steps);
  }

  @Test
  void nothingIsCarriedOverAHole() {
    assertEquals(List.of(at(3)), positions(OutboundStep.after(at(2), page(5, 1, 0, 3, 5))));
    assertThrows(IllegalStateException.class, () -> OutboundStep.after(at(3), page(5, 1, 0, 5)));
    assertThrows(IllegalStateException.class, () -> OutboundStep.after(at(3), page(5, 1, 0)));
  }

  @Test
  void aCursorAtTheHeadHasNoMore() {
    ChannelState state = new ChannelState(CHANNEL, EPOCH, 5, 1, 0);
    assertFalse(OutboundStep.isMoreAfter(at(5), state));
    assertTrue(OutboundStep.isMoreAfter(at(4), state));
    assertTrue(OutboundStep.isMoreAfter(null, state));
    assertEquals(List.of(), OutboundStep.after(at(5), page(5, 1, 0)));
  }

  private static List<Position> positions(List<OutboundStep> steps) {
    return steps.stream().map(OutboundStep::position).toList();
  }

  private static OutboundStep gap(long from, long to, Gap.Reason reason) {
    return new OutboundStep.Told(Gap.of(CHANNEL, EPOCH, from, to, reason));
  }

  private static Position at(long offset) {
    return new Position(EPOCH, offset);
  }

  private static Page page(long head, long first, long purged, long... offsets) {
    return new Page(
        new ChannelState(CHANNEL, EPOCH, head, first, purged),
        LongStream.of(offsets)
            .mapToObj(
                offset ->
                    new Publication(
                        CHANNEL,
                        EPOCH,
                        offset,
                        Instant.EPOCH,
                        null,
                        null,
                        Map.of(),
                        new Payload(null, new byte[] {'1'})))
            .toList());
  }
}
