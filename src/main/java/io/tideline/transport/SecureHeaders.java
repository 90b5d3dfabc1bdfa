package io.tideline.transport;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;

/**
 * What every answer tells browsers, whatever it is and whoever gives it: pages, problems, streams,
 * also those of the framework. A page that needs more, or less, says so itself.
 */
@Singleton
final class SecureHeaders {
  /** What has a page of its own to show; all else has nothing that a browser should run. */
  private static final String FRAMEWORK = "/q/";

  private static final String POLICY = "Content-Security-Policy";

  private final String strictTransport;

  SecureHeaders(TransportConfig config) {
    long seconds = config.strictTransport().toSeconds();
    this.strictTransport = seconds > 0 ? "max-age=" + seconds : null;
  }

  /** Comes after the configuration's own headers, which stay where they say more. */
  void mark(HttpServerRequest request) {
    MultiMap headers = request.response().headers();
    headers
        .set("X-Content-Type-Options", "nosniff")
        .set("Referrer-Policy", "no-referrer")
        .set("X-Frame-Options", "DENY");
    if (!request.path().startsWith(FRAMEWORK) && !headers.contains(POLICY)) {
      headers.set(POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
    if (strictTransport != null && "https".equals(request.scheme())) {
      headers.set("Strict-Transport-Security", strictTransport);
    }
  }
}
