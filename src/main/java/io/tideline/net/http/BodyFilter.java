package io.tideline.net.http;

import io.smallrye.mutiny.Uni;
import io.tideline.net.HeaderLists;
import io.tideline.net.accept.RequestTimeouts;
import io.tideline.protocol.Problem;
import io.tideline.protocol.ProblemDetails;
import io.tideline.protocol.WireLimits;
import io.tideline.session.ProblemException;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of requests that have one, each up to its resource's limit. */
@Singleton
final class BodyFilter {
  private static final Set<String> FORMS =
      Set.of("application/x-www-form-urlencoded", "multipart/form-data");

  /** Filters are made while the application is built, when there is no configuration yet. */
  private final Provider<Routes> routes;

  private final Provider<WireLimits> limits;

  private final Provider<RequestTimeouts> times;

  BodyFilter(
      Provider<Routes> routes, Provider<WireLimits> limits, Provider<RequestTimeouts> times) {
    this.routes = routes;
    this.limits = limits;
    this.times = times;
  }

  @ServerRequestFilter(nonBlocking = true)
  Uni<Response> read(RoutingContext request) {
    Route resource = routes.get().at(request.normalizedPath());
    if (!request.request().method().equals(HttpMethod.POST) || resource == null) {
      return Uni.createFrom().nullItem();
    }
    refuseEncoded(HeaderLists.elements(request.request().headers().getAll("Content-Encoding")));
    Uni<Void> read =
        switch (resource.body()) {
          case BATCH -> read(request, limits.get().batchBytesMax(), Problem.BATCH_TOO_LARGE);
          case PAYLOAD -> {
            refuseForm(request.request().getHeader("Content-Type"));
            yield read(request, limits.get().messageBytesMax(), Problem.MESSAGE_TOO_LARGE);
          }
          case OBJECT -> read(request, limits.get().messageBytesMax(), Problem.MESSAGE_TOO_LARGE);
          case NONE -> Uni.createFrom().voidItem();
        };
    return read.map(done -> null);
  }

  /** What comes is stored as it is, so nobody could tell what it had been packed with. */
  private static void refuseEncoded(List<String> encodings) {
    if (!encodings.stream().allMatch("identity"::equalsIgnoreCase)) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.UNSUPPORTED_MEDIA_TYPE,
              "Compressed bodies are not accepted: leave out Content-Encoding."));
    }
  }

  /**
   * No form is ever meant here: it is what {@code curl -d} calls whatever it sends, and would be
   * kept as a text that no reader expects.
   */
  private static void refuseForm(@Nullable String contentType) {
    String media = contentType == null ? "" : contentType.split(";", 2)[0].strip();
    if (FORMS.contains(media.toLowerCase(Locale.ROOT))) {
      throw new ProblemException(
          ProblemDetails.of(
              Problem.UNSUPPORTED_MEDIA_TYPE,
              "The body came as a form ("
                  + media
                  + "), as curl -d sends it unless told otherwise. Say what it is:"
                  + " curl -H 'Content-Type: application/json' -d '{\"a\":1}' …"));
    }
  }

  private Uni<Void> read(RoutingContext request, int bytesMax, Problem tooLarge) {
    return RequestBody.read(request, bytesMax, tooLarge, times.get().whole());
  }
}
