package io.tideline.net.http;

import io.tideline.net.HeaderLists;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.Credentials;
import io.tideline.session.LiveSettings;
import io.tideline.session.ProblemException;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;

/**
 * The search for the credentials that a request carries. The first of these counts:
 *
 * <ol>
 *   <li>{@code Authorization: Bearer};
 *   <li>the subprotocol {@value #SUBPROTOCOL_PREFIX}{@code <token>}, as a browser can't set headers
 *       on a WebSocket;
 *   <li>{@code ?access_token=}, where that is switched on;
 *   <li>the session cookie. Browsers send it by themselves, whatever page asks, so it counts only
 *       if the request says that it comes from a good origin;
 *   <li>the client certificate of the TLS connection, where any has rights. It isn't a session, so
 *       it can't be logged in or out; browsers send it by themselves too, so it doesn't count if
 *       they say that a foreign page asks.
 * </ol>
 *
 * Whoever brings a token of its own needs no origin; all others from a foreign one are refused.
 */
@Singleton
public final class CredentialExtractor {
  static final String SUBPROTOCOL_PREFIX = "tideline.bearer.";

  private static final String BEARER = "bearer ";

  private final OriginCheck origins;
  private final OriginRefusals refusals;
  private final boolean allowsQuery;
  private final boolean takesCertificates;

  CredentialExtractor(OriginCheck origins, OriginRefusals refusals, LiveSettings settings) {
    this.origins = origins;
    this.refusals = refusals;
    this.allowsQuery = settings.queryToken();
    this.takesCertificates = settings.certificates();
  }

  Credentials read(HttpServerRequest request, Route resource) {
    String token = token(request);
    if (token != null) {
      return Credentials.of(token);
    }
    boolean isAllowed = resource.isLogin() ? origins.allowsLogin(request) : origins.allows(request);
    if (!isAllowed) {
      throw refusals.of(request);
    }
    Cookie cookie = SessionCookie.of(request);
    if (cookie != null && origins.allowsCookies(request)) {
      return Credentials.of(cookie.getValue());
    }
    X509Certificate certificate =
        takesCertificates && !resource.isLogin() && origins.allowsCertificates(request)
            ? PeerCertificate.of(request)
            : null;
    return certificate == null ? Credentials.NONE : Credentials.of(certificate);
  }

  private String token(HttpServerRequest request) {
    String bearer = bearer(request);
    if (bearer != null) {
      return bearer;
    }
    String token = ofSubprotocol(request.headers().getAll("Sec-WebSocket-Protocol"));
    return token == null && allowsQuery ? ofQuery(request) : token;
  }

  /**
   * The token of the {@code Authorization} header; null without one.
   *
   * @throws ProblemException if it is of another scheme, or there are several
   */
  public static String bearer(HttpServerRequest request) {
    String authorization =
        single("'Authorization' header", request.headers().getAll("Authorization"));
    if (authorization == null) {
      return null;
    }
    if (!authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.UNAUTHENTICATED,
              "Send 'Authorization: Bearer <token>'; other schemes are not accepted."));
    }
    return authorization.substring(BEARER.length()).strip();
  }

  /** They may stand in one line or in several (RFC 6455, 11.3.4). */
  private static String ofSubprotocol(List<String> lines) {
    List<String> tokens =
        HeaderLists.elements(lines).stream()
            .filter(offered -> offered.startsWith(SUBPROTOCOL_PREFIX))
            .map(offered -> offered.substring(SUBPROTOCOL_PREFIX.length()))
            .toList();
    return single("subprotocol '" + SUBPROTOCOL_PREFIX + "<token>'", tokens);
  }

  private static String ofQuery(HttpServerRequest request) {
    return single("parameter 'access_token'", request.params().getAll("access_token"));
  }

  /**
   * The only one; null without any. A proxy may judge by another one of several than we would.
   *
   * @throws ProblemException if there are several
   */
  private static String single(String what, List<String> all) {
    if (all.size() > 1) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.INVALID_PARAMETER,
              "Send one " + what + " at most; this request has " + all.size() + "."));
    }
    return all.isEmpty() ? null : all.get(0);
  }
}
