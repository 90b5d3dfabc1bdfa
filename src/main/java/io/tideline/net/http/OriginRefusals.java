package io.tideline.net.http;

import io.tideline.limit.OnceInAWhile;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.ProblemException;
import io.vertx.core.http.HttpServerRequest;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Refusals of pages of other origins. A browser hides from its page why it was refused, so the log
 * says it too, with the line that lets the page in.
 */
@Singleton
public final class OriginRefusals {
  private static final Logger LOG = Logger.getLogger(OriginRefusals.class);
  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final int ORIGINS_MAX = 64;

  private final OnceInAWhile<String> lines =
      new OnceInAWhile<>(PAUSE, ORIGINS_MAX, System::nanoTime);

  /** What the request is refused with. */
  public ProblemException of(HttpServerRequest request) {
    String origin = origin(request);
    if (origin == null) {
      return new ProblemException(Problem.ORIGIN_REFUSED);
    }
    if (lines.isDue(origin)) {
      LOG.warnf(
          "A page of %1$s was refused; to let it in: TIDELINE_ORIGINS=%1$s (behind a comma, if"
              + " others are listed there), and restart",
          origin);
    }
    return new ProblemException(
        ProblemDetails.of(
            Problem.ORIGIN_REFUSED, "Pages of " + origin + " may not talk to this server."));
  }

  /** As it is to be listed; null if what the request names is none. */
  private static String origin(HttpServerRequest request) {
    String named = request.getHeader("Origin");
    if (named == null || named.equals(OriginCheck.OPAQUE)) {
      return named;
    }
    Origin origin = Origin.parse(named);
    return origin == null ? null : origin.toString();
  }
}
