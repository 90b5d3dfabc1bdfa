package io.tideline.net.http;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The routes under {@code /v1}, each with its methods (RFC 9110, 10.2.1). */
public enum Route {
  BATCH("/v1/messages", "POST"),
  STREAM("/v1/stream", "GET", "HEAD"),
  SOCKET("/v1/ws", "GET"),
  SESSION("/v1/session", "POST", "DELETE"),
  REVOCATIONS("/v1/revocations", "POST"),
  CHANNELS("/v1/channels", "GET", "HEAD"),
  CHANNEL("/v1/channels/{channel}", "GET", "HEAD"),
  PRESENCE("/v1/channels/{channel}/presence", "GET", "HEAD"),
  MESSAGES("/v1/channels/{channel}/messages", "GET", "HEAD", "POST", "DELETE");

  private static final String CHANNEL_VARIABLE = "{channel}";
  private static final List<Route> ALL = List.of(values());

  private final String template;
  private final List<String> methods;
  private final String allow;

  /** What stands before and after the channel; the whole path, and null, where it has none. */
  private final String prefix;

  private final @Nullable String suffix;

  Route(String template, String... methods) {
    this.template = template;
    this.methods = List.of(methods);
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

  /** The value of an {@code Allow} header. */
  String allow() {
    return allow;
  }
}
