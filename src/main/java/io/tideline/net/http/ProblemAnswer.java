package io.tideline.net.http;

import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.ProblemException;
import io.tideline.session.TransportEvents;
import io.tideline.stream.HistoryException;
import io.tideline.stream.InvalidInputException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jboss.logging.Logger;

/** How a problem is answered over HTTP. */
@Singleton
public final class ProblemAnswer {
  private static final Logger LOG = Logger.getLogger(ProblemAnswer.class);

  private final RetryHint retryHint;
  private final TransportEvents events;

  ProblemAnswer(RetryHint retryHint, TransportEvents events) {
    this.retryHint = retryHint;
    this.events = events;
  }

  /** The problem that a failure is to a client; a fault of ours is logged. */
  public static ProblemDetails of(Throwable failure) {
    if (failure instanceof ProblemException refused) {
      return refused.problem();
    }
    if (failure instanceof InvalidInputException invalid) {
      return ProblemDetails.of(invalid);
    }
    if (failure instanceof HistoryException away) {
      return ProblemDetails.of(Problem.of(away));
    }
    LOG.error("A request failed because of a server error", failure);
    return ProblemDetails.of(Problem.INTERNAL);
  }

  /** The problem that the framework means by a status. */
  public static ProblemDetails of(int status) {
    return ProblemDetails.of(
        switch (status) {
          case 401 -> Problem.UNAUTHENTICATED;
          case 403 -> Problem.FORBIDDEN;
          case 404 -> Problem.NOT_FOUND;
          case 405 -> Problem.METHOD_NOT_ALLOWED;
          case 406 -> Problem.NOT_ACCEPTABLE;
          case 413 -> Problem.BATCH_TOO_LARGE;
          case 415 -> Problem.UNSUPPORTED_MEDIA_TYPE;
          case 426 -> Problem.UPGRADE_REQUIRED;
          case 503 -> Problem.OVERLOADED;
          default -> status >= 400 && status < 500 ? Problem.INVALID_PARAMETER : Problem.INTERNAL;
        });
  }

  /** What the head of the answer says beside the status; a request over HTTP is refused so. */
  public Map<String, String> refuse(ProblemDetails details) {
    events.refused(TransportEvents.Via.HTTP, details.problem());
    return headers(details);
  }

  private Map<String, String> headers(ProblemDetails details) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Content-Type", ProblemDetails.MEDIA_TYPE);
    headers.put("Cache-Control", "no-store");
    Problem problem = details.problem();
    if (problem.retry()) {
      headers.put("Retry-After", Long.toString(retryHint.nextSeconds()));
    }
    if (problem.status() == 401) {
      headers.put(
          "WWW-Authenticate",
          problem == Problem.UNAUTHENTICATED ? "Bearer" : "Bearer error=\"invalid_token\"");
    }
    return headers;
  }

  /** Answers, and is done with the request. */
  void end(HttpServerResponse response, ProblemDetails details) {
    end(response, details, TransportEvents.Via.HTTP);
  }

  /** Likewise, where the request may have been an upgrade. */
  void end(HttpServerResponse response, ProblemDetails details, TransportEvents.Via via) {
    if (response.headWritten() || response.closed()) {
      return;
    }
    events.refused(via, details.problem());
    response.setStatusCode(details.status());
    headers(details).forEach(response::putHeader);
    var unused = response.end(Buffer.buffer(details.json()));
  }
}
