package io.tideline.net.http;

import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;

/**
 * What is left of a request whose answer lives long: its headers, with a token among them, and what
 * handlers noted on the way. It would stay in memory as long, 2 KiB a connection.
 */
public final class Leftovers {
  private Leftovers() {}

  /** The answer has begun, and nobody asks for any of it again. */
  public static void clear(RoutingContext request) {
    request.data().clear();
    // Those of HTTP/2 are shared with the stream's own state.
    if (request.request().version() != HttpVersion.HTTP_2) {
      request.request().headers().clear();
    }
  }
}
