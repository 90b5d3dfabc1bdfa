package io.tideline.access;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.Collection;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The application's own word on what a token doesn't allow by itself. Never blocks; any thread.
 * What is asked of it is bounded; beyond its bounds, or when the application can't be asked, it
 * says that it doesn't know, and so nothing is allowed.
 */
public interface Authorizer {
  /** How long an answer counts at most. */
  Duration ANSWER_MAX = Duration.ofSeconds(60);

  /** There is none: what a token allows is all. */
  Authorizer NONE =
      new Authorizer() {
        @Override
        public boolean isAskedAbout(Identity identity) {
          return false;
        }

        @Override
        public Uni<Answer> ask(Question question) {
          return Uni.createFrom().item(Answer.UNKNOWN);
        }

        @Override
        public void forget(Collection<Revocation> revoked) {}

        @Override
        public Duration grace() {
          return Duration.ZERO;
        }

        @Override
        public Duration timeout() {
          return Duration.ZERO;
        }
      };

  boolean isAskedAbout(Identity identity);

  /** The {@code Uni} never fails; it may complete on another thread than it was subscribed on. */
  Uni<Answer> ask(Question question);

  /** What was answered about these so far isn't taken for an answer from now on. */
  void forget(Collection<Revocation> revoked);

  /** How long what is in use stays allowed after its answer ended, while no other is to be had. */
  Duration grace();

  /** How long an answer may take, waiting included. */
  Duration timeout();

  /**
   * What is asked.
   *
   * @param subject null for a stranger
   * @param tokenId null for a stranger
   */
  record Question(
      @Nullable String subject, @Nullable String tokenId, Action action, Channel channel) {
    public Question {
      Objects.requireNonNull(action);
      Objects.requireNonNull(channel);
    }
  }

  /**
   * What was answered.
   *
   * @param goodFor how long it counts from now on for what stays in use
   */
  record Answer(Verdict verdict, Duration goodFor) {
    public static final Answer UNKNOWN = new Answer(Verdict.UNKNOWN, Duration.ZERO);

    public Answer {
      Objects.requireNonNull(verdict);
      Objects.requireNonNull(goodFor);
    }
  }

  /** Yes, no, or neither. */
  enum Verdict {
    ALLOWED,
    DENIED,
    /** It could not be asked, or gave no answer that counts. */
    UNKNOWN
  }
}
