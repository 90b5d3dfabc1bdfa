package io.tideline.door.centrifuge;

import io.tideline.access.AccessPolicy.Decision;
import io.tideline.access.AccessPolicy.Refusal;
import io.tideline.access.Action;
import io.tideline.session.Caller;
import io.tideline.session.Proof;
import io.tideline.stream.Channel;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The proof that a token gives: one user may subscribe to one channel.
 *
 * @param user null where the proof came with the connection's own token, and so is its user's
 * @param expiresAt {@link Instant#MAX} if it never does
 * @param info what others are told of the user in this channel; empty for nothing
 */
@SuppressWarnings("ArrayRecordComponent") // neither compared nor changed
record SubscriptionProof(@Nullable String user, Instant expiresAt, byte[] info) implements Proof {
  /** A channel that the connection token names: as good as that token. */
  static final SubscriptionProof OF_THE_CONNECTION =
      new SubscriptionProof(null, Instant.MAX, SeatInfo.NOTHING);

  @Override
  public Decision decide(Caller caller, Channel channel) {
    String subject = Objects.requireNonNullElse(caller.identity().subject(), "");
    return user == null || user.equals(subject)
        ? caller.policy().lend(caller.identity(), Action.SUBSCRIBE, channel, expiresAt)
        : new Decision.Refused(
            Refusal.FORBIDDEN, "The subscription token is for another user than the connection's.");
  }
}
