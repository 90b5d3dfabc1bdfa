package io.tideline.hub;

import io.tideline.stream.AppendOutcome;
import java.time.Instant;

/** What became of a message. */
public sealed interface PublishOutcome {
  /** The log decided: stored, a duplicate, or refused by key or position. */
  record Decided(AppendOutcome outcome) implements PublishOutcome {}

  /** Ephemeral channel: handed to whoever is there. */
  record Accepted(Instant time) implements PublishOutcome {}

  /** Keys and conditions need a log, and an ephemeral channel has none. */
  record NotOnEphemeral() implements PublishOutcome {}

  /** As many messages as allowed are waiting to be stored; nothing was stored. */
  record Overloaded() implements PublishOutcome {}

  /** The database is away; nothing was stored. */
  record Unavailable() implements PublishOutcome {}

  /** The database went away while storing: repeat it with the same key. */
  record Unknown() implements PublishOutcome {}
}
