package io.tideline.app;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.jwt.auth.principal.JWTParser;
import io.smallrye.jwt.auth.principal.ParseException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.Rights;
import io.tideline.protocol.Problem;
import io.tideline.transport.Authentication;
import io.tideline.transport.Authenticator;
import io.tideline.transport.Credentials;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.time.Clock;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.eclipse.microprofile.jwt.Claims;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jose4j.jwt.consumer.InvalidJwtException;

/**
 * Verifies bearer tokens as MicroProfile JWT is configured ({@code mp.jwt.verify.*}) and reads the
 * grants in claim {@code tideline}. A token that was good is remembered until it expires, so a busy
 * client's signature is checked once.
 */
final class TokenAuthenticator implements Authenticator {
  /**
   * A token longer than this is refused unread; headers of HTTP requests are bounded near it
   * anyway.
   */
  static final int TOKEN_CHARS_MAX = 8192;

  private static final String GRANTS = "tideline";

  private final JWTParser parser;
  private final Clock clock;
  private final boolean fetchesKeys;
  private final Cache<String, Identity> verified;

  /**
   * Makes an authenticator.
   *
   * @param fetchesKeys keys come over the network, so verifying may block
   */
  TokenAuthenticator(JWTParser parser, Clock clock, boolean fetchesKeys, int cachedTokensMax) {
    this.parser = parser;
    this.clock = clock;
    this.fetchesKeys = fetchesKeys;
    this.verified = Caffeine.newBuilder().maximumSize(cachedTokensMax).build();
  }

  @Override
  public Uni<Authentication> authenticate(Credentials credentials) {
    if (credentials.isNone()) {
      return Uni.createFrom().item(new Authentication.Identified(Identity.ANONYMOUS));
    }
    Identity known = verified.getIfPresent(credentials.token());
    if (known != null) {
      return Uni.createFrom().item(judge(credentials.token(), known));
    }
    Uni<Authentication> verification = Uni.createFrom().item(() -> verify(credentials.token()));
    return fetchesKeys
        ? verification.runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
        : verification;
  }

  private Authentication judge(String token, Identity identity) {
    if (identity.isExpired(clock.instant())) {
      verified.invalidate(token);
      return new Authentication.Refused(Problem.TOKEN_EXPIRED);
    }
    return new Authentication.Identified(identity);
  }

  private Authentication verify(String token) {
    if (token.length() > TOKEN_CHARS_MAX) {
      return new Authentication.Refused(Problem.UNAUTHENTICATED);
    }
    try {
      Identity identity = identity(parser.parse(token));
      verified.put(token, identity);
      return judge(token, identity);
    } catch (ParseException refused) {
      return new Authentication.Refused(
          isExpired(refused) ? Problem.TOKEN_EXPIRED : Problem.UNAUTHENTICATED);
    } catch (IllegalArgumentException | ClassCastException malformed) {
      return new Authentication.Refused(Problem.UNAUTHENTICATED);
    }
  }

  private static boolean isExpired(Throwable refused) {
    for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidJwtException invalid && invalid.hasExpired()) {
        return true;
      }
    }
    return false;
  }

  private static Identity identity(JsonWebToken token) {
    if (token.getSubject() == null) {
      throw new IllegalArgumentException("a token needs a subject");
    }
    return new Identity(
        token.getSubject(),
        token.getTokenID(),
        token.containsClaim(Claims.iat.name())
            ? Instant.ofEpochSecond(token.getIssuedAtTime())
            : Instant.MIN,
        token.containsClaim(Claims.exp.name())
            ? Instant.ofEpochSecond(token.getExpirationTime())
            : Instant.MAX,
        rights(token));
  }

  private static Rights rights(JsonWebToken token) {
    Object claim = token.getClaim(GRANTS);
    if (!(claim instanceof JsonObject grants)) {
      return Rights.NONE;
    }
    Map<Action, List<String>> patterns = new EnumMap<>(Action.class);
    for (Action action : Action.values()) {
      JsonValue named = grants.get(action.name().toLowerCase(Locale.ROOT));
      if (named instanceof JsonArray array) {
        patterns.put(action, array.getValuesAs(JsonString::getString));
      }
    }
    return Rights.of(patterns, token.getSubject());
  }
}
