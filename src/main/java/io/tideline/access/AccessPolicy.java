package io.tideline.access;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import io.tideline.stream.Namespaces;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what an identity may do. Nothing is readable or writable unless a right or a public
 * namespace says so.
 */
public final class AccessPolicy {
  /** Never lends again. */
  private static final Grant.Lender OVER =
      (identity, action, channel) ->
          Uni.createFrom().item(new Decision.Refused(Refusal.PROOF_EXPIRED));

  private final Namespaces namespaces;
  private final Revocations revocations;
  private final Authorizer authorizer;
  private final Clock clock;

  public AccessPolicy(
      Namespaces namespaces, Revocations revocations, Authorizer authorizer, Clock clock) {
    this.namespaces = namespaces;
    this.revocations = revocations;
    this.authorizer = authorizer;
    this.clock = clock;
  }

  /** One that knows of no revocations, and asks nobody. */
  public AccessPolicy(Namespaces namespaces, Clock clock) {
    this(namespaces, new Revocations(), Authorizer.NONE, clock);
  }

  /**
   * Decides anew each time, by the token and the namespaces alone; a {@link Decision.Granted} is
   * good for the one use at hand.
   */
  public Decision decide(Identity identity, Action action, Channel channel) {
    if (!isGood(identity)) {
      return refuse(identity, action, channel.name());
    }
    boolean isPublic = action == Action.SUBSCRIBE && namespaces.of(channel).publicRead();
    if (isPublic || identity.rights().allow(action, channel)) {
      return new Decision.Granted(new Grant(identity, action, channel));
    }
    return refuse(identity, action, channel.name());
  }

  /** Whether {@link #ask} may say something else than {@link #decide} where that refuses. */
  public boolean mayAsk(Identity identity) {
    return authorizer.isAskedAbout(identity) && isGood(identity);
  }

  /**
   * Decides as {@link #decide} does and, where that isn't enough, as the authorizer says. Never
   * fails; completes at once if nobody is to be asked, else on any thread.
   */
  public Uni<Decision> ask(Identity identity, Action action, Channel channel) {
    Decision own = decide(identity, action, channel);
    if (own instanceof Decision.Granted || !mayAsk(identity)) {
      return Uni.createFrom().item(own);
    }
    return authorizer
        .ask(new Authorizer.Question(identity.subject(), identity.tokenId(), action, channel))
        .map(answer -> apply(answer, identity, action, channel));
  }

  /** The token may have come to its end while the authorizer was asked. */
  private Decision apply(
      Authorizer.Answer answer, Identity identity, Action action, Channel channel) {
    if (!isGood(identity) || answer.verdict() == Authorizer.Verdict.DENIED) {
      return refuse(identity, action, channel.name());
    }
    if (answer.verdict() == Authorizer.Verdict.UNKNOWN) {
      return new Decision.Refused(Refusal.UNDECIDED);
    }
    Grant.Loan loan = new Grant.Loan(this::ask, answer.goodFor(), authorizer.grace());
    return new Decision.Granted(new Grant(identity, action, channel, loan));
  }

  /**
   * Grants what somebody else has signed for: the caller has verified the signature. The grant ends
   * with the signature's time, unless it is renewed by another one.
   *
   * @param until {@link Instant#MAX} if it has no end but the token's
   */
  public Decision lend(Identity identity, Action action, Channel channel, Instant until) {
    if (!isGood(identity)) {
      return new Decision.Refused(whyNot(identity));
    }
    Duration left = Duration.between(clock.instant(), until);
    if (left.isNegative() || left.isZero()) {
      return new Decision.Refused(Refusal.PROOF_EXPIRED);
    }
    return new Decision.Granted(
        until.equals(Instant.MAX)
            ? new Grant(identity, action, channel)
            : new Grant(identity, action, channel, new Grant.Loan(OVER, left, Duration.ZERO)));
  }

  /** How long {@link #ask} takes at most. */
  public Duration askTimeout() {
    return authorizer.timeout();
  }

  /** What was decided a while ago, unless the token has come to its end since. */
  public Decision confirm(Identity identity, Decision decided) {
    return isGood(identity) ? decided : new Decision.Refused(whyNot(identity));
  }

  private boolean isGood(Identity identity) {
    return !identity.isExpired(clock.instant()) && !isRevoked(identity);
  }

  /** The right to what concerns everyone; empty without it, and {@link #notAdmin} says why. */
  public Optional<AdminGrant> admin(Identity identity) {
    return isGood(identity) && identity.rights().allowAll(Action.ADMIN)
        ? Optional.of(new AdminGrant(identity))
        : Optional.empty();
  }

  /** Why an identity has no right to what concerns everyone. */
  public Decision.Refused notAdmin(Identity identity) {
    return refuse(identity, Action.ADMIN, "*");
  }

  private Decision.Refused refuse(Identity identity, Action action, String channel) {
    Refusal why = whyNot(identity);
    return why == Refusal.FORBIDDEN
        ? new Decision.Refused(why, identity.rights().whyNot(action, channel))
        : new Decision.Refused(why);
  }

  private Refusal whyNot(Identity identity) {
    if (identity.isExpired(clock.instant())) {
      return Refusal.TOKEN_EXPIRED;
    }
    if (isRevoked(identity)) {
      return Refusal.TOKEN_REVOKED;
    }
    return identity.isAnonymous() ? Refusal.UNAUTHENTICATED : Refusal.FORBIDDEN;
  }

  public boolean isRevoked(Identity identity) {
    return revocations.cover(identity);
  }

  /** What was decided. */
  public sealed interface Decision {
    record Granted(Grant grant) implements Decision {}

    /**
     * It isn't allowed.
     *
     * @param detail null, or what would have been needed
     */
    record Refused(Refusal refusal, @Nullable String detail) implements Decision {
      public Refused(Refusal refusal) {
        this(refusal, null);
      }
    }
  }

  /** Why not. */
  public enum Refusal {
    /** No token, and the channel isn't public. */
    UNAUTHENTICATED,
    TOKEN_EXPIRED,
    TOKEN_REVOKED,
    /** The token doesn't allow this on this channel, and no authorizer does. */
    FORBIDDEN,
    /** The authorizer would have to say it, and can't be asked now. */
    UNDECIDED,
    /** The time of what proved the right to this one channel is over. */
    PROOF_EXPIRED,
    /** Too many questions to the authorizer wait for this connection already. */
    TOO_MANY
  }
}
