package io.tideline.net.http;

import io.quarkus.runtime.LaunchMode;
import io.tideline.net.websocket.TransportConfig;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;

/**
 * What every answer tells browsers, whatever it is and whoever gives it: pages, problems, streams,
 * also those of the framework. A page that needs more, or less, says so itself.
 */
@Singleton
final class SecureHeaders {
  /** Where the framework has pages of its own while it is developed with. */
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
    boolean isFrameworks =
        LaunchMode.current() == LaunchMode.DEVELOPMENT && request.path().startsWith(FRAMEWORK);
    if (!isFrameworks && !headers.contains(POLICY)) {
      headers.set(POLICY, "default-src 'none'; frame-ancestors 'none'");
    }
    if (strictTransport != null && "https".equals(request.scheme())) {
      headers.set("Strict-Transport-Security", strictTransport);
    }
  }
}
