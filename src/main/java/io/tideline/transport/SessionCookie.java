package io.tideline.transport;

import io.vertx.core.http.HttpServerRequest;

/**
 * The cookie that keeps a browser's token where no script can read it. Browsers keep the prefix
 * {@code __Host-} to HTTPS and to this host alone; on plain HTTP, which they let pass on loopback
 * only, it would be dropped, so the name is another one there.
 */
public final class SessionCookie {
  private static final String SECURE = "__Host-tideline";
  private static final String PLAIN = "tideline";

  private SessionCookie() {}

  public static String name(HttpServerRequest request) {
    return isSecure(request) ? SECURE : PLAIN;
  }

  public static boolean isSecure(HttpServerRequest request) {
    return "https".equals(request.scheme());
  }
}
