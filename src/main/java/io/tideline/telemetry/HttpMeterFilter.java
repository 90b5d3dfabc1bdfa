package io.tideline.telemetry;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import io.tideline.net.http.Route;
import io.tideline.net.http.Routes;
import java.util.HashSet;
import java.util.Set;

/**
 * A filter that keeps out of the HTTP server's meters what a client chooses: each request counts
 * under the template of its resource and a method that is known, or under {@value #OTHER}.
 *
 * <p>The framework takes the raw path of what no REST method was found for, and any method's name.
 * So without a token, and in a hundred requests, anybody could use up the names that it allows;
 * whatever comes for the first time after that isn't counted any more.
 */
public final class HttpMeterFilter implements MeterFilter {
  static final String OTHER = "OTHER";

  private static final String SERVER = "http.server.";
  private static final String URI = "uri";
  private static final String METHOD = "method";

  /** The framework's own words beside the templates. */
  private static final Set<String> WORDS =
      Set.of("root", "NOT_FOUND", "REDIRECTION", "UNKNOWN", "/cors-preflight", OTHER);

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "UNKNOWN", OTHER);

  private final Routes routes;
  private final Set<String> uris = new HashSet<>(WORDS);

  public HttpMeterFilter(Routes routes) {
    this.routes = routes;
    routes.all().forEach(route -> uris.add(route.template()));
  }

  @Override
  public Meter.Id map(Meter.Id id) {
    if (!id.getName().startsWith(SERVER)) {
      return id;
    }
    return method(uri(id));
  }

  private Meter.Id uri(Meter.Id id) {
    String uri = id.getTag(URI);
    return uri == null || uris.contains(uri) ? id : id.withTag(Tag.of(URI, template(uri)));
  }

  private String template(String path) {
    Route resource = routes.at(path);
    return resource == null ? OTHER : resource.template();
  }

  private static Meter.Id method(Meter.Id id) {
    String method = id.getTag(METHOD);
    return method == null || METHODS.contains(method) ? id : id.withTag(Tag.of(METHOD, OTHER));
  }
}
