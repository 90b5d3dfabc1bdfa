package io.tideline.access;

import io.smallrye.mutiny.Uni;
import io.tideline.stream.Channel;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The proof that an identity may do something with a channel. Only {@link AccessPolicy} makes one.
 *
 * <p>One that the token itself gives is good as long as the token. One that is lent by an {@link
 * Authorizer} is good for {@link #lentFor}, then what stays in use asks to have it {@link
 * #renewed}.
 */
public final class Grant {
  private final Identity identity;
  private final Action action;
  private final Channel channel;
  private final @Nullable Loan loan;

  /**
   * A grant for a time.
   *
   * @param lender is asked again
   */
  record Loan(Lender lender, Duration goodFor, Duration grace) {}

  /** The one that lends grants. */
  interface Lender {
    Uni<AccessPolicy.Decision> ask(Identity identity, Action action, Channel channel);
  }

  Grant(Identity identity, Action action, Channel channel) {
    this(identity, action, channel, null);
  }

  Grant(Identity identity, Action action, Channel channel, @Nullable Loan loan) {
    this.identity = identity;
    this.action = action;
    this.channel = channel;
    this.loan = loan;
  }

  public Identity identity() {
    return identity;
  }

  public Channel channel() {
    return channel;
  }

  /** Whether it ends before its token. */
  public boolean isLent() {
    return loan != null;
  }

  /** How long it was good for when it was made, if it is lent. */
  public Duration lentFor() {
    return lent().goodFor();
  }

  /** How long it may still be used after that, while nobody can be asked. */
  public Duration grace() {
    return lent().grace();
  }

  /** Asks for it anew, if it is lent; never fails, completes on any thread. */
  public Uni<AccessPolicy.Decision> renewed() {
    return lent().lender().ask(identity, action, channel);
  }

  private Loan lent() {
    return Objects.requireNonNull(loan, "the token itself gives this grant");
  }

  /**
   * This grant's channel, after a check that the use case and the grant speak of the same action.
   */
  public Channel channelFor(Action expected) {
    if (action != expected) {
      throw new IllegalStateException("a grant to " + action + " is no grant to " + expected);
    }
    return channel;
  }
}
