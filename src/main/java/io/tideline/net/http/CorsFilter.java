package io.tideline.net.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * The headers that tell browsers about pages of other origins (CORS in the Fetch standard). They
 * say what {@link OriginCheck} does: a page that may come in may read the answers, and no other.
 */
@Singleton
final class CorsFilter {
  /** Beside those that every page may read. */
  private static final String EXPOSED = "ETag, Retry-After, Allow, WWW-Authenticate";

  /** The longest that Chromium keeps what a preflight was answered. */
  private static final Duration PREFLIGHT_KEPT = Duration.ofHours(2);

  private final OriginCheck origins;

  CorsFilter(OriginCheck origins) {
    this.origins = origins;
  }

  /** Puts on the answer, whatever it will be, whether the page that asks may read it. */
  void mark(HttpServerRequest request) {
    MultiMap headers = request.response().headers();
    headers.set("Vary", "Origin");
    if (isGood(request)) {
      headers
          .set("Access-Control-Allow-Origin", request.getHeader("Origin"))
          .set("Access-Control-Expose-Headers", EXPOSED);
      if (origins.verdict(request) != OriginCheck.Verdict.LOCAL) {
        headers.set("Access-Control-Allow-Credentials", "true");
      }
    }
  }

  static boolean isPreflight(HttpServerRequest request) {
    return request.method().equals(HttpMethod.OPTIONS)
        && request.headers().contains("Origin")
        && request.headers().contains("Access-Control-Request-Method");
  }

  /**
   * Puts on the answer to a preflight what the page may send: the resource's methods, and any
   * headers, as publications have some of their publishers' own. False if it may send nothing.
   */
  boolean permit(HttpServerRequest request, Route resource) {
    if (!isGood(request)) {
      return false;
    }
    MultiMap headers = request.response().headers();
    headers
        .set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        .set("Access-Control-Allow-Methods", String.join(", ", resource.methods()))
        .set("Access-Control-Max-Age", Long.toString(PREFLIGHT_KEPT.toSeconds()));
    String asked = request.getHeader("Access-Control-Request-Headers");
    if (asked != null) {
      headers.set("Access-Control-Allow-Headers", asked);
    }
    return true;
  }

  private boolean isGood(HttpServerRequest request) {
    return switch (origins.verdict(request)) {
      case OWN, LISTED, LOCAL -> true;
      case UNNAMED, FOREIGN -> false;
    };
  }
}
