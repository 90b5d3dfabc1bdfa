package io.tideline.telemetry;

import io.tideline.hub.PublishOutcome;
import io.tideline.stream.AppendOutcome;
import java.util.Locale;

/** What became of a message, in one word. */
enum PublishResult {
  STORED,
  DUPLICATE,
  /** Passed on, on an ephemeral channel. */
  ACCEPTED,
  HEAD_MOVED,
  KEY_CONFLICT,
  WITHDRAWN,
  NOT_ON_EPHEMERAL,
  OVERLOADED,
  UNAVAILABLE,
  OUTCOME_UNKNOWN;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

  String label() {
    return label;
  }

  static PublishResult of(PublishOutcome outcome) {
    if (outcome instanceof PublishOutcome.Decided decided) {
      return of(decided.outcome());
    }
    if (outcome instanceof PublishOutcome.Accepted) {
      return ACCEPTED;
    }
    if (outcome instanceof PublishOutcome.NotOnEphemeral) {
      return NOT_ON_EPHEMERAL;
    }
    if (outcome instanceof PublishOutcome.Overloaded) {
      return OVERLOADED;
    }
    return outcome instanceof PublishOutcome.Unavailable ? UNAVAILABLE : OUTCOME_UNKNOWN;
  }

  private static PublishResult of(AppendOutcome outcome) {
    if (outcome instanceof AppendOutcome.Stored stored) {
      return stored.duplicate() ? DUPLICATE : STORED;
    }
    if (outcome instanceof AppendOutcome.HeadMoved) {
      return HEAD_MOVED;
    }
    return outcome instanceof AppendOutcome.KeyConflict ? KEY_CONFLICT : WITHDRAWN;
  }
}
