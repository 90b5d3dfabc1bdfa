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
 * A route of a door: its path, its methods (RFC 9110, 10.2.1) with their query parameters, and what
 * the gate must know of it.
 */
public final class Route {
  private static final String CHANNEL_VARIABLE = "{channel}";

  /** How callers come in here. */
  enum Kind {
    RESOURCE,
    /** By an upgrade to a WebSocket, which CORS doesn't know. */
    SOCKET,
    /** With a token that becomes the session cookie. */
    LOGIN
  }

  /** What a POST carries. */
  enum Body {
    NONE,
    /** One publication's payload, and headers of ours beside it. */
    PAYLOAD,
    /** Many messages. */
    BATCH,
    /** One object, as large as a message may be. */
    OBJECT
  }

  private final String template;
  private final Kind kind;
  private final Body body;
  private final List<String> methods;
  private final Map<String, Set<String>> parameters = new LinkedHashMap<>();
  private final String allow;

  /** What stands before and after the channel; the whole path, and null, where it has none. */
  private final String prefix;

  private final @Nullable String suffix;

  /** What may be done, by one method or by several alike. */
  public record Use(List<String> methods, Set<String> parameters) {
    public static Use of(String method, String... parameters) {
      return new Use(List.of(method), Set.of(parameters));
    }

    public static Use read(String... parameters) {
      return new Use(List.of("GET", "HEAD"), Set.of(parameters));
    }
  }

  private Route(String template, Kind kind, Body body, Use... uses) {
    this.template = template;
    this.kind = kind;
    this.body = body;
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
   * A resource without bodies.
   *
   * @param template the path as OpenAPI writes it; {@code {channel}} is its only variable
   */
  public static Route of(String template, Use... uses) {
    return new Route(template, Kind.RESOURCE, Body.NONE, uses);
  }

  /** A resource to which one publication's payload may be posted. */
  public static Route ofPayload(String template, Use... uses) {
    return new Route(template, Kind.RESOURCE, Body.PAYLOAD, uses);
  }

  /** A resource to which many messages may be posted. */
  public static Route ofBatch(String template, Use... uses) {
    return new Route(template, Kind.RESOURCE, Body.BATCH, uses);
  }

  /** A resource to which one object may be posted. */
  public static Route ofObject(String template, Use... uses) {
    return new Route(template, Kind.RESOURCE, Body.OBJECT, uses);
  }

  /** The path of WebSockets. */
  public static Route ofSocket(String path, String... parameters) {
    return new Route(path, Kind.SOCKET, Body.NONE, Use.of("GET", parameters));
  }

  /** The path of logins and logouts. */
  public static Route ofLogin(String path) {
    return new Route(path, Kind.LOGIN, Body.NONE, Use.of("POST"), Use.of("DELETE"));
  }

  /**
   * Whether a path leads here.
   *
   * @param path normalised, still encoded
   */
  boolean isAt(String path) {
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

  public boolean isSocket() {
    return kind == Kind.SOCKET;
  }

  boolean isLogin() {
    return kind == Kind.LOGIN;
  }

  Body body() {
    return body;
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

  @Override
  public String toString() {
    return template;
  }
}
