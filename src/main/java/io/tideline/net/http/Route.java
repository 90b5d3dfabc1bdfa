package io.tideline.net.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The routes under {@code /v1}, each with its methods (RFC 9110, 10.2.1) and their query
 * parameters.
 */
public enum Route {
  BATCH("/v1/messages", Use.of("POST", "atomic")),
  STREAM(
      "/v1/stream",
      Use.read("channel", "after", "last", "since", "lastEventId", "envelope", "presence")),
  SOCKET("/v1/ws", Use.of("GET")),
  SESSION("/v1/session", Use.of("POST"), Use.of("DELETE")),
  REVOCATIONS("/v1/revocations", Use.of("POST")),
  CONNECTIONS("/v1/connections", Use.read("order", "limit", "after")),
  NODES("/v1/nodes", Use.read()),
  CHANNELS("/v1/channels", Use.read("prefix", "after", "limit")),
  CHANNEL("/v1/channels/{channel}", Use.read()),
  PRESENCE("/v1/channels/{channel}/presence", Use.read("after", "limit", "count")),
  MESSAGES(
      "/v1/channels/{channel}/messages",
      Use.read("after", "last", "since", "lastEventId", "limit", "wait", "envelope", "presence"),
      Use.of("POST"),
      Use.of("DELETE", "through"));

  private static final String CHANNEL_VARIABLE = "{channel}";
  private static final List<Route> ALL = List.of(values());

  private final String template;
  private final List<String> methods;
  private final Map<String, Set<String>> parameters = new LinkedHashMap<>();
  private final String allow;

  /** What stands before and after the channel; the whole path, and null, where it has none. */
  private final String prefix;

  private final @Nullable String suffix;

  /** What may be done, by one method or by several alike. */
  private record Use(List<String> methods, Set<String> parameters) {
    static Use of(String method, String... parameters) {
      return new Use(List.of(method), Set.of(parameters));
    }

    static Use read(String... parameters) {
      return new Use(List.of("GET", "HEAD"), Set.of(parameters));
    }
  }

  Route(String template, Use... uses) {
    this.template = template;
    List<String> methods = new ArrayList<>();
    for (Use use : uses) {
      methods.addAll(use.methods());
      Set<String> inOrder = Collections.unmodifiableSet(new TreeSet<>(use.parameters()));
      use.methods().forEach(method -> parameters.put(method, inOrder));
    }
    this.methods = List.copyOf(methods);
    this.allow = String.join(", ", methods) + ", OPTIONS";
    int variable = template.indexOf(CHANNEL_VARIABLE);
    this.prefix = variable < 0 ? template : template.substring(0, variable);
    this.suffix = variable < 0 ? null : template.substring(variable + CHANNEL_VARIABLE.length());
  }

  /**
   * The one that a path leads to; null if there is none. No path of ours has matrix parameters:
   * what JAX-RS would leave out must not tell one reader of the path from another.
   *
   * @param path normalised, still encoded
   */
  public static @Nullable Route of(String path) {
    if (path.indexOf(';') >= 0) {
      return null;
    }
    for (Route each : ALL) {
      if (each.isAt(path)) {
        return each;
      }
    }
    return null;
  }

  private boolean isAt(String path) {
    if (suffix == null) {
      return path.equals(prefix);
    }
    int end = path.length() - suffix.length();
    return end > prefix.length()
        && path.startsWith(prefix)
        && path.endsWith(suffix)
        && path.lastIndexOf('/', end - 1) < prefix.length();
  }

  /** The path as OpenAPI writes it. */
  public String template() {
    return template;
  }

  /** Without OPTIONS, which all have. */
  public List<String> methods() {
    return methods;
  }

  /** The names of the query parameters that a request with this method may have, in order. */
  public Set<String> parameters(String method) {
    return parameters.getOrDefault(method, Set.of());
  }

  /** The value of an {@code Allow} header. */
  String allow() {
    return allow;
  }
}
