package io.tideline.protocol;

import io.tideline.hub.PublishOutcome;
import io.tideline.stream.AppendOutcome;
import io.tideline.stream.Channel;
import java.time.Instant;

/** What a publisher is answered: by HTTP status and body, or in a reply. */
public sealed interface PublishAnswer {
  Channel channel();

  int status();

  /** The body; of a refusal the problem object. */
  byte[] json();

  /** In the log, now or since the first message with its key. */
  record Published(Channel channel, AppendOutcome.Stored stored) implements PublishAnswer {
    @Override
    public int status() {
      return 201;
    }

    @Override
    public byte[] json() {
      return new JsonBuffer(256)
          .raw("{\"channel\":\"")
          .raw(channel.name())
          .raw("\",\"offset\":")
          .number(stored.offset())
          .raw(",\"position\":\"")
          .raw(stored.position().encode())
          .raw("\",\"time\":")
          .time(stored.time())
          .raw(",\"duplicate\":")
          .raw(Boolean.toString(stored.duplicate()))
          .raw('}')
          .toBytes();
    }
  }

  /** Taken on an ephemeral channel. */
  record Accepted(Channel channel, Instant time) implements PublishAnswer {
    @Override
    public int status() {
      return 202;
    }

    @Override
    public byte[] json() {
      return new JsonBuffer(256)
          .raw("{\"channel\":\"")
          .raw(channel.name())
          .raw("\",\"time\":")
          .time(time)
          .raw('}')
          .toBytes();
    }
  }

  /**
   * Not stored, or ({@link Problem#OUTCOME_UNKNOWN}) perhaps.
   *
   * @param channel null if the message named none that is valid
   */
  record Refused(Channel channel, ProblemDetails problem) implements PublishAnswer {
    @Override
    public int status() {
      return problem.status();
    }

    @Override
    public byte[] json() {
      return problem.json();
    }
  }

  static PublishAnswer of(Channel channel, PublishOutcome outcome) {
    if (outcome instanceof PublishOutcome.Decided decided) {
      return of(channel, decided.outcome());
    }
    if (outcome instanceof PublishOutcome.Accepted accepted) {
      return new Accepted(channel, accepted.time());
    }
    if (outcome instanceof PublishOutcome.NotOnEphemeral) {
      return refused(channel, Problem.NOT_ON_EPHEMERAL);
    }
    if (outcome instanceof PublishOutcome.Overloaded) {
      return refused(channel, Problem.OVERLOADED);
    }
    if (outcome instanceof PublishOutcome.Unavailable) {
      return refused(channel, Problem.UNAVAILABLE);
    }
    return refused(channel, Problem.OUTCOME_UNKNOWN);
  }

  private static PublishAnswer of(Channel channel, AppendOutcome outcome) {
    if (outcome instanceof AppendOutcome.Stored stored) {
      return new Published(channel, stored);
    }
    if (outcome instanceof AppendOutcome.HeadMoved moved) {
      ProblemDetails problem = ProblemDetails.of(Problem.HEAD_MOVED);
      return new Refused(channel, problem.with("head", moved.head().encode()));
    }
    return refused(
        channel,
        outcome instanceof AppendOutcome.KeyConflict ? Problem.KEY_CONFLICT : Problem.WITHDRAWN);
  }

  private static PublishAnswer refused(Channel channel, Problem problem) {
    return new Refused(channel, ProblemDetails.of(problem));
  }
}
