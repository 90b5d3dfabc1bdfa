package io.tideline.net.http;

import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.session.ProblemException;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The check that a request names nothing that its resource doesn't know: query parameters, and
 * headers of ours. What was ignored would change silently where a reader begins, or what is kept;
 * and what is ignored today can't mean anything tomorrow.
 */
final class RequestCheck {
  /** Known everywhere: whether it counts is a setting, and it must not be repeated in an answer. */
  private static final String TOKEN = "access_token";

  /** The one that may be there several times. */
  private static final String CHANNEL = "channel";

  private static final String OURS = "tideline-";
  private static final String TYPE = "tideline-type";
  private static final String MESSAGE_HEADER = "tideline-header-";

  /** Of these one line counts, and it mustn't be left to chance which. */
  private static final List<String> SINGLE = List.of("Content-Type", "Last-Event-ID");

  /** What of the client's own words is repeated to it. */
  private static final int ECHO_CHARS_MAX = 60;

  private RequestCheck() {}

  /**
   * Passes, or says what is wrong.
   *
   * @throws ProblemException if the request names something unknown, or twice what counts once
   */
  static void pass(RoutingContext context, Route resource) {
    HttpServerRequest request = context.request();
    checkParameters(context.queryParams(), resource, request.method().name());
    checkHeaders(request.headers(), resource, request.method().name());
  }

  private static void checkParameters(MultiMap query, Route resource, String method) {
    Set<String> known = resource.parameters(method);
    for (String name : query.names()) {
      if (name.equals(TOKEN)) {
        continue;
      }
      if (!known.contains(name)) {
        throw refused(Problem.INVALID_PARAMETER, unknown(name, known) + hint(resource, method));
      }
      if (!name.equals(CHANNEL) && query.getAll(name).size() > 1) {
        throw refused(Problem.INVALID_PARAMETER, "'" + name + "' occurs more than once.");
      }
    }
  }

  private static String unknown(String name, Set<String> known) {
    return known.isEmpty()
        ? "Unknown parameter '" + echo(name) + "'. This resource has no parameters."
        : "Unknown parameter '"
            + echo(name)
            + "'. Known parameters: "
            + String.join(", ", known)
            + ".";
  }

  private static String hint(Route resource, String method) {
    return isPublish(resource, method)
        ? " Type, key and condition of a message are the headers Tideline-Type, Idempotency-Key and"
            + " If-Match."
        : "";
  }

  private static void checkHeaders(MultiMap headers, Route resource, String method) {
    for (String name : SINGLE) {
      if (headers.getAll(name).size() > 1) {
        throw refused(
            Problem.INVALID_PARAMETER,
            "The request has more than one header " + name + "; send one.");
      }
    }
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey();
      if (name.regionMatches(true, 0, OURS, 0, OURS.length())
          && !isKnown(name.toLowerCase(Locale.ROOT), resource, method)) {
        throw refused(Problem.UNKNOWN_FIELD, unknownHeader(name, resource, method));
      }
    }
    if (resource.body() == Route.Body.BATCH) {
      refuseForAll(headers, "Idempotency-Key", Problem.INVALID_KEY, "key");
      refuseForAll(headers, "If-Match", Problem.INVALID_POSITION, "ifMatch");
    }
  }

  /** A batch has no key and no condition of its own. */
  private static void refuseForAll(MultiMap headers, String name, Problem problem, String field) {
    if (headers.contains(name)) {
      throw refused(
          problem, name + " is for one message: in a batch each has its own '" + field + "'.");
    }
  }

  private static boolean isKnown(String lower, Route resource, String method) {
    return isPublish(resource, method) && (lower.equals(TYPE) || lower.startsWith(MESSAGE_HEADER));
  }

  private static String unknownHeader(String name, Route resource, String method) {
    String known =
        isPublish(resource, method)
            ? "Known headers: Tideline-Type, and Tideline-Header-<name> for headers of the message."
            : "Tideline-… headers are for publishing one message.";
    return "Unknown header '" + echo(name) + "'. " + known;
  }

  private static boolean isPublish(Route resource, String method) {
    return resource.body() == Route.Body.PAYLOAD && method.equals("POST");
  }

  private static String echo(String name) {
    return name.length() <= ECHO_CHARS_MAX ? name : name.substring(0, ECHO_CHARS_MAX) + "…";
  }

  private static ProblemException refused(Problem problem, String detail) {
    return new ProblemException(ProblemDetails.of(problem, detail));
  }
}
