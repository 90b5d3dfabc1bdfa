package io.tideline.door.centrifuge;

import io.tideline.protocol.PayloadReader;
import io.tideline.protocol.Problem;
import io.tideline.protocol.UnreadableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The parts that all connections of this door share.
 *
 * @param tokens null where the door has no secret of its own
 * @param takesAnonymous whether clients may connect without a token
 * @param ping between two pings
 */
record DoorContext(
    ChannelNames names,
    PayloadReader payloads,
    @Nullable Tokens tokens,
    boolean takesAnonymous,
    Duration ping,
    Clock clock) {
  /**
   * How long before its token ends a client is to bring another: SDKs ask for it only then, and it
   * must come in time.
   */
  private static final Duration AHEAD_MAX = Duration.ofSeconds(25);

  /** Whole, as the protocol has it; the client waits for some more. */
  int pingSeconds() {
    return (int) Math.max(1, ping.toSeconds());
  }

  /**
   * The proof that a subscription token is.
   *
   * @param name of the channel that the client named beside it
   * @throws UnreadableException if it isn't good
   */
  SubscriptionProof proof(String name, String token) {
    if (tokens == null) {
      throw new UnreadableException(
          Problem.FORBIDDEN,
          "Subscription tokens are not taken here: tideline.doors.centrifuge.secret-file is not"
              + " set.");
    }
    try {
      Tokens.Subscription claims = tokens.subscription(token);
      if (!claims.channel().equals(name)) {
        throw new UnreadableException(
            Problem.FORBIDDEN, "The subscription token is for another channel.");
      }
      return new SubscriptionProof(claims.user(), claims.expiresAt(), checked(claims.info()));
    } catch (Tokens.RefusedException refused) {
      throw new UnreadableException(
          Problem.FORBIDDEN,
          "The subscription token is refused: " + refused.refusal().text() + ".");
    }
  }

  private static byte[] checked(byte[] info) {
    if (info.length > SeatInfo.PART_BYTES_MAX) {
      throw new UnreadableException(
          Problem.MESSAGE_TOO_LARGE,
          "Claim info of the subscription token has more than "
              + SeatInfo.PART_BYTES_MAX
              + " bytes.");
    }
    return info;
  }

  /** The claims of a connection token that the door's own secret signed; null for any other. */
  Tokens.@Nullable Connection claims(@Nullable String token) {
    try {
      return tokens == null || token == null ? null : tokens.connection(token);
    } catch (Tokens.RefusedException otherKind) {
      return null;
    }
  }

  /** The time after which a client is to bring another token: some before the token ends. */
  Codec.Refreshed timeLeft(Instant expiresAt) {
    if (expiresAt.equals(Instant.MAX)) {
      return new Codec.Refreshed(0);
    }
    Duration left = Duration.between(clock.instant(), expiresAt);
    Duration quarter = left.dividedBy(4);
    Duration ahead = quarter.compareTo(AHEAD_MAX) < 0 ? quarter : AHEAD_MAX;
    return new Codec.Refreshed((int) Math.max(1, left.minus(ahead).toSeconds()));
  }
}
