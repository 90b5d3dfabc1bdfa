package io.tideline.door.centrifuge;

import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.access.TokenFault;
import io.tideline.access.TokenRefusal;
import io.tideline.session.Authentication;
import io.tideline.session.Authenticator;
import io.tideline.session.Credentials;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The authenticator of connection tokens. What the door's secret has signed has the rights that the
 * door is configured with; any other token is verified, and has the rights that it claims, as
 * everywhere else.
 */
final class ConnectionAuthenticator implements Authenticator {
  private final @Nullable Tokens tokens;
  private final Authenticator others;
  private final Map<Action, List<String>> rights;
  private final Clock clock;

  /**
   * Makes an authenticator.
   *
   * @param tokens null where the door has no secret
   * @param rights patterns of channels, for clients with a token of the door's own
   */
  ConnectionAuthenticator(
      @Nullable Tokens tokens,
      Authenticator others,
      Map<Action, List<String>> rights,
      Clock clock) {
    this.tokens = tokens;
    this.others = others;
    this.rights = rights;
    this.clock = clock;
  }

  @Override
  public Uni<Authentication> authenticate(Credentials credentials) {
    if (tokens == null || credentials.token() == null) {
      return others.authenticate(credentials);
    }
    try {
      return Uni.createFrom().item(judge(tokens.connection(credentials.token())));
    } catch (Tokens.RefusedException refused) {
      return refused.refusal().fault() == TokenFault.CLAIM
          ? Uni.createFrom().item(new Authentication.Refused(refused.refusal()))
          : others.authenticate(credentials).map(answer -> nearest(answer, refused.refusal()));
    }
  }

  /**
   * The refusal of a token with HS256 that another secret signed is about the door's own secret.
   */
  private static Authentication nearest(Authentication answer, TokenRefusal own) {
    return answer instanceof Authentication.Refused && own.fault() == TokenFault.SIGNATURE
        ? new Authentication.Refused(own)
        : answer;
  }

  private Authentication judge(Tokens.Connection claims) {
    return clock.instant().isBefore(claims.expiresAt())
        ? new Authentication.Identified(identity(claims))
        : new Authentication.Refused(
            new TokenRefusal(TokenFault.EXPIRED, "it expired at " + claims.expiresAt()));
  }

  /** A token without {@code iat} counts as issued before any revocation. */
  private Identity identity(Tokens.Connection claims) {
    String subject = claims.user().isEmpty() ? null : claims.user();
    Instant issuedAt = claims.issuedAt() == null ? Instant.MIN : claims.issuedAt();
    return new Identity(
        subject, claims.id(), issuedAt, claims.expiresAt(), Rights.of(rights, subject));
  }
}
