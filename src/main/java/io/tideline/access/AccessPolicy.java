package io.tideline.access;

import io.tideline.stream.Channel;
import io.tideline.stream.Namespaces;
import java.time.Clock;
import java.util.Optional;

/**
 * Decides what an identity may do. Nothing is readable or writable unless a right or a public
 * namespace says so.
 */
public final class AccessPolicy {
  private final Namespaces namespaces;
  private final Revocations revocations;
  private final Clock clock;

  public AccessPolicy(Namespaces namespaces, Revocations revocations, Clock clock) {
    this.namespaces = namespaces;
    this.revocations = revocations;
    this.clock = clock;
  }

  /** One that knows of no revocations. */
  public AccessPolicy(Namespaces namespaces, Clock clock) {
    this(namespaces, new Revocations(), clock);
  }

  /** Decides anew each time; a {@link Decision.Granted} is good for the one use at hand. */
  public Decision decide(Identity identity, Action action, Channel channel) {
    if (identity.isExpired(clock.instant()) || isRevoked(identity)) {
      return new Decision.Refused(whyNot(identity));
    }
    boolean isPublic = action == Action.SUBSCRIBE && namespaces.of(channel).publicRead();
    if (isPublic || identity.rights().allow(action, channel)) {
      return new Decision.Granted(new Grant(identity, action, channel));
    }
    return new Decision.Refused(whyNot(identity));
  }

  /** The right to what concerns everyone; empty without it, and {@link #whyNot} says why. */
  public Optional<AdminGrant> admin(Identity identity) {
    boolean isGood = !identity.isExpired(clock.instant()) && !isRevoked(identity);
    return isGood && identity.rights().allowAll(Action.ADMIN)
        ? Optional.of(new AdminGrant(identity))
        : Optional.empty();
  }

  /** Why an identity was refused. */
  public Refusal whyNot(Identity identity) {
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

    record Refused(Refusal refusal) implements Decision {}
  }

  /** Why not. */
  public enum Refusal {
    /** No token, and the channel isn't public. */
    UNAUTHENTICATED,
    TOKEN_EXPIRED,
    TOKEN_REVOKED,
    /** The token doesn't allow this on this channel. */
    FORBIDDEN
  }
}
