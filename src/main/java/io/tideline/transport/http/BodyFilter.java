package io.tideline.transport.http;

import io.smallrye.mutiny.Uni;
import io.tideline.protocol.Problem;
import io.tideline.protocol.WireLimits;
import io.tideline.transport.Resource;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/** Reads the bodies of requests that have one, each up to its resource's limit. */
@Singleton
final class BodyFilter {
  /** Filters are made while the application is built, when there is no configuration yet. */
  private final Provider<WireLimits> limits;

  BodyFilter(Provider<WireLimits> limits) {
    this.limits = limits;
  }

  @ServerRequestFilter(nonBlocking = true)
  Uni<Response> read(RoutingContext request) {
    Resource resource = Resource.of(request.normalizedPath());
    if (!request.request().method().equals(HttpMethod.POST) || resource == null) {
      return Uni.createFrom().nullItem();
    }
    Uni<Void> read =
        switch (resource) {
          case BATCH ->
              RequestBody.read(request, limits.get().batchBytesMax(), Problem.BATCH_TOO_LARGE);
          case MESSAGES, REVOCATIONS ->
              RequestBody.read(request, limits.get().messageBytesMax(), Problem.MESSAGE_TOO_LARGE);
          case STREAM, SOCKET, SESSION, CHANNELS, CHANNEL, PRESENCE -> Uni.createFrom().voidItem();
        };
    return read.map(done -> null);
  }
}
