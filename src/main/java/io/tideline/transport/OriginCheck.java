package io.tideline.transport;

import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Whether the page that a request comes from may talk to this server. Browsers name it, no script
 * can forge it, and what is no browser needn't name any; so this protects users, not the server.
 *
 * <p>Allowed are the server's own origin, exact origins, and all subdomains of one as in {@code
 * https://*.example.com} (not {@code example.com} itself). {@code null}, which sandboxed frames and
 * files send, is an origin like any other.
 */
public final class OriginCheck {
  private static final String ANY_SUBDOMAIN = "://*.";

  private final Set<String> exact = new HashSet<>();
  private final List<Wildcard> wildcards;

  private record Wildcard(String scheme, String suffix) {
    boolean matches(String origin) {
      return origin.startsWith(scheme)
          && origin.endsWith(suffix)
          && origin.length() > scheme.length() + suffix.length();
    }
  }

  /**
   * Makes a check.
   *
   * @throws IllegalArgumentException if one is no origin
   */
  public OriginCheck(List<String> allowed) {
    this.wildcards =
        allowed.stream()
            .filter(text -> text.contains(ANY_SUBDOMAIN))
            .map(OriginCheck::wildcard)
            .toList();
    allowed.stream()
        .filter(text -> !text.contains(ANY_SUBDOMAIN))
        .map(OriginCheck::checked)
        .forEach(exact::add);
  }

  /** Also true for a request that names no origin. */
  public boolean allows(HttpServerRequest request) {
    String origin = request.getHeader("Origin");
    return origin == null
        || isListed(origin)
        || isOwn(origin, request.scheme(), request.getHeader("Host"));
  }

  boolean isListed(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    return exact.contains(lower) || wildcards.stream().anyMatch(each -> each.matches(lower));
  }

  static boolean isOwn(String origin, String scheme, String host) {
    return host != null && origin.equalsIgnoreCase(scheme + "://" + host);
  }

  private static Wildcard wildcard(String text) {
    String checked = checked(text.replace(ANY_SUBDOMAIN, "://any."));
    int any = checked.indexOf("any.");
    return new Wildcard(checked.substring(0, any), checked.substring(any + "any".length()));
  }

  /** In lower case, as browsers send it. */
  private static String checked(String text) {
    if (text.equals("null")) {
      return text;
    }
    try {
      URI uri = new URI(text);
      if (uri.getScheme() != null
          && uri.getHost() != null
          && uri.getRawPath().isEmpty()
          && uri.getRawQuery() == null
          && uri.getRawUserInfo() == null) {
        return text.toLowerCase(Locale.ROOT);
      }
    } catch (URISyntaxException notEvenAUri) {
      // refused below, like a URI that is more than an origin
    }
    throw new IllegalArgumentException(
        "tideline.origins: '"
            + text
            + "' is no origin; write it as https://app.example.com, without a slash at the end, or"
            + " https://*.example.com for all its subdomains");
  }
}
