package io.tideline.net.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a page comes from (RFC 6454): a scheme, a host and a port. However it is written, two that
 * mean the same are equal.
 *
 * @param scheme in lower case
 * @param host in lower case; an IPv6 address in brackets
 * @param port the scheme's own, where none was written; -1 if it has none
 */
record Origin(String scheme, String host, int port) {
  private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "[::1]");

  Origin {
    Objects.requireNonNull(scheme);
    Objects.requireNonNull(host);
  }

  /** Reads {@code scheme://host} or {@code scheme://host:port}; null if it is more or less. */
  static @Nullable Origin parse(String text) {
    try {
      URI uri = new URI(text);
      boolean isWhole =
          uri.getScheme() != null
              && uri.getHost() != null
              && uri.getRawUserInfo() == null
              && uri.getRawPath().isEmpty()
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null;
      return isWhole ? of(uri.getScheme(), uri.getHost(), uri.getPort()) : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  /**
   * Made of parts as they came.
   *
   * @param port -1 for the scheme's own
   */
  static Origin of(String scheme, String host, int port) {
    String lower = scheme.toLowerCase(Locale.ROOT);
    return new Origin(lower, host.toLowerCase(Locale.ROOT), port < 0 ? usual(lower) : port);
  }

  /** Whether a page of it can only come from this very machine. */
  boolean isLocal() {
    return LOCAL.contains(host) && (scheme.equals("http") || scheme.equals("https"));
  }

  /** As browsers write it. */
  @Override
  public String toString() {
    return port == usual(scheme) ? scheme + "://" + host : scheme + "://" + host + ":" + port;
  }

  private static int usual(String scheme) {
    return switch (scheme) {
      case "http" -> 80;
      case "https" -> 443;
      default -> -1;
    };
  }
}
