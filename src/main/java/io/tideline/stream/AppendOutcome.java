package io.tideline.stream;

import java.time.Instant;

/** What became of one message of a batch. A refused one never fails its neighbours. */
public sealed interface AppendOutcome {

  /**
   * It is in the log at this offset: now, or ({@code duplicate}) since the first message with its
   * key.
   */
  record Stored(long epoch, long offset, Instant time, boolean duplicate) implements AppendOutcome {
    public Position position() {
      return new Position(epoch, offset);
    }
  }

  /** Its key was used before with another payload; nothing was stored. */
  record KeyConflict() implements AppendOutcome {}

  /** The channel's head is not where the message demanded it; nothing was stored. */
  record HeadMoved(Position head) implements AppendOutcome {}

  /** Another message of its atomic batch was refused; nothing was stored. */
  record Withdrawn() implements AppendOutcome {}
}
