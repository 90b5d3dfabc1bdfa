package io.tideline.bridge;

import io.tideline.stream.ChannelState;
import io.tideline.stream.Gap;
import io.tideline.stream.Page;
import io.tideline.stream.Position;
import io.tideline.stream.Publication;
import java.util.ArrayList;
import java.util.List;

/** One record that goes out, and where its channel's cursor stands when it has arrived. */
sealed interface OutboundStep {
  Position position();

  /** A publication. */
  record Carried(Publication publication) implements OutboundStep {
    @Override
    public Position position() {
      return publication.position();
    }
  }

  /** What can't be carried any more. */
  record Told(Gap gap) implements OutboundStep {
    @Override
    public Position position() {
      return gap.position();
    }
  }

  /**
   * What follows a cursor in a page that was read from behind it on, until a hole that can't be
   * told.
   *
   * @param from null: from the first offset on
   * @throws IllegalStateException if such a hole is all that follows
   */
  static List<OutboundStep> after(Position from, Page page) {
    ChannelState state = page.state();
    if (from != null && (from.epoch() != state.epoch() || from.offset() > state.head())) {
      return List.of(new Told(Gap.ofEpoch(state.channel(), state.headPosition())));
    }
    List<OutboundStep> steps = new ArrayList<>(page.publications().size() + 1);
    long next = from == null ? 1 : from.offset() + 1;
    if (state.first() > next) {
      long lost = state.first() - 1;
      steps.add(new Told(Gap.of(state.channel(), state.epoch(), next, lost, state.reasonOf(lost))));
      next = state.first();
    }
    for (Publication publication : page.publications()) {
      if (publication.offset() != next) {
        break;
      }
      steps.add(new Carried(publication));
      next++;
    }
    if (steps.isEmpty() && next <= state.head()) {
      throw new IllegalStateException(
          "the log of "
              + state.channel()
              + " has no offset "
              + next
              + ", though it reaches from "
              + state.first()
              + " to "
              + state.head());
    }
    return steps;
  }

  /** Whether a cursor that has come so far has more before it. */
  static boolean isMoreAfter(Position reached, ChannelState state) {
    return (reached == null ? 0 : reached.offset()) < state.head();
  }
}
