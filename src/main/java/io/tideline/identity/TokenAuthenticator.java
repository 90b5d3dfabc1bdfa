package io.tideline.identity;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.smallrye.jwt.auth.principal.JWTParser;
import io.smallrye.jwt.auth.principal.ParseException;
import io.smallrye.mutiny.Uni;
import io.tideline.access.Action;
import io.tideline.access.Identity;
import io.tideline.access.Revocations;
import io.tideline.access.Rights;
import io.tideline.protocol.Problem;
import io.tideline.session.Authentication;
import io.tideline.session.Authenticator;
import io.tideline.session.Credentials;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.jwt.Claims;
import org.eclipse.microprofile.jwt.JsonWebToken;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.lang.UnresolvableKeyException;

/**
 * Verifies bearer tokens as MicroProfile JWT is configured ({@code mp.jwt.verify.*}) and reads the
 * grants in claim {@code tideline}. A token that was good is remembered for some minutes, so a busy
 * client's signature isn't checked each time, and a key that was withdrawn soon opens nothing new.
 */
public final class TokenAuthenticator implements Authenticator {
  /**
   * A token longer than this is refused unread; headers of HTTP requests are bounded near it
   * anyway.
   */
  static final int TOKEN_CHARS_MAX = 8192;

  /** How long the word of a key is taken that may have been withdrawn since. */
  static final Duration REMEMBERED_MAX = Duration.ofMinutes(5);

  /** How far the clock of whoever issues tokens may be ahead. */
  static final Duration AHEAD_MAX = Duration.ofMinutes(1);

  private static final String GRANTS = "tideline";

  private final JWTParser parser;
  private final Revocations revocations;
  private final Duration ageMax;
  private final Clock clock;
  private final boolean fetchesKeys;
  private final KeyedWork keyed = new KeyedWork();
  private final Cache<String, Identity> verified;

  /**
   * Makes an authenticator.
   *
   * @param ageMax how long after it was issued a token counts, whatever it says itself
   * @param fetchesKeys keys come over the network, so verifying may block
   */
  public TokenAuthenticator(
      JWTParser parser,
      Revocations revocations,
      Duration ageMax,
      Clock clock,
      boolean fetchesKeys,
      int cachedTokensMax) {
    this.parser = parser;
    this.revocations = revocations;
    this.ageMax = ageMax;
    this.clock = clock;
    this.fetchesKeys = fetchesKeys;
    this.verified =
        Caffeine.newBuilder()
            .maximumSize(cachedTokensMax)
            .expireAfterWrite(REMEMBERED_MAX)
            .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
            .build();
  }

  /** Whether keys come over the network; SmallRye's own setting comes before the standard's. */
  public static boolean fetchesKeys(Config config) {
    return Stream.of("smallrye.jwt.verify.key.location", "mp.jwt.verify.publickey.location")
        .flatMap(key -> config.getOptionalValue(key, String.class).stream())
        .anyMatch(location -> location.startsWith("http"));
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
    if (credentials.token().length() > TOKEN_CHARS_MAX) {
      return Uni.createFrom().item(new Authentication.Refused(Problem.UNAUTHENTICATED));
    }
    return fetchesKeys
        ? keyed.run(credentials.token(), () -> verify(credentials.token()))
        : Uni.createFrom().item(() -> verify(credentials.token()));
  }

  private Authentication judge(String token, Identity identity) {
    if (identity.isExpired(clock.instant())) {
      verified.invalidate(token);
      return new Authentication.Refused(Problem.TOKEN_EXPIRED);
    }
    if (revocations.cover(identity)) {
      return new Authentication.Refused(Problem.TOKEN_REVOKED);
    }
    return new Authentication.Identified(identity);
  }

  private Authentication verify(String token) {
    try {
      JsonWebToken parsed = parser.parse(token);
      if (fetchesKeys) {
        keyed.found(token);
      }
      Identity identity = identity(token, parsed);
      verified.put(token, identity);
      return judge(token, identity);
    } catch (ParseException refused) {
      if (fetchesKeys && isCausedBy(UnresolvableKeyException.class, refused)) {
        keyed.missed(token);
      }
      return new Authentication.Refused(why(refused));
    } catch (IllegalArgumentException | ClassCastException | DateTimeException malformed) {
      return new Authentication.Refused(Problem.UNAUTHENTICATED);
    }
  }

  private Problem why(ParseException refused) {
    if (isExpired(refused)) {
      return Problem.TOKEN_EXPIRED;
    }
    // Then the token may be good: it can't be told now.
    boolean canTell = !fetchesKeys || !isCausedBy(IOException.class, refused);
    return canTell ? Problem.UNAUTHENTICATED : Problem.UNAVAILABLE;
  }

  private static boolean isCausedBy(Class<? extends Exception> type, Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isExpired(Throwable refused) {
    for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidJwtException invalid && invalid.hasExpired()) {
        return true;
      }
    }
    return false;
  }

  private Identity identity(String compact, JsonWebToken token) {
    if (token.getSubject() == null) {
      throw new IllegalArgumentException("a token needs a subject");
    }
    Instant issuedAt = issuedAt(token);
    return new Identity(
        token.getSubject(),
        token.getTokenID() == null ? digest(compact) : token.getTokenID(),
        issuedAt,
        expiry(token, issuedAt.plus(ageMax)),
        rights(token));
  }

  /** A token that is dated ahead would outlive the revocations of its time. */
  private Instant issuedAt(JsonWebToken token) {
    if (!token.containsClaim(Claims.iat.name())) {
      throw new IllegalArgumentException("a token must say when it was issued");
    }
    Instant issuedAt = Instant.ofEpochSecond(token.getIssuedAtTime());
    if (issuedAt.isAfter(clock.instant().plus(AHEAD_MAX))) {
      throw new IllegalArgumentException("a token can't be of the future");
    }
    return issuedAt;
  }

  private static Instant expiry(JsonWebToken token, Instant atLatest) {
    if (!token.containsClaim(Claims.exp.name())) {
      return atLatest;
    }
    Instant named = Instant.ofEpochSecond(token.getExpirationTime());
    return named.isBefore(atLatest) ? named : atLatest;
  }

  /**
   * What a token without an id goes by: it must be told from others to be revoked. Its last part is
   * left out, as a signature can be written in several ways.
   */
  private static String digest(String compact) {
    String signed = compact.substring(0, compact.lastIndexOf('.'));
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(signed.getBytes(StandardCharsets.US_ASCII));
      return "sha256:" + Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException everyJdkCan) {
      throw new IllegalStateException(everyJdkCan);
    }
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
