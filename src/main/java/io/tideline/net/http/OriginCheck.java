package io.tideline.net.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether the page that a request comes from may talk to this server. Browsers name it and no
 * script can forge it; what is no browser needn't name any. So this protects users, who carry
 * cookies to wherever a page sends them, and not the server.
 *
 * <p>Allowed are the server's own origin, and those listed: exact ones, all subdomains of one
 * ({@code https://*.example.com}, which {@code example.com} itself is not), and {@code null}, which
 * sandboxed frames and files send, if it stands in the list.
 */
public final class OriginCheck {
  private static final String ANY_SUBDOMAIN = "://*.";

  /** What browsers name for a page without an origin. */
  static final String OPAQUE = "null";

  private final List<Origin> exact;
  private final List<Origin> parents;
  private final boolean allowsOpaque;
  private final boolean allowsLocal;

  /** What a request's origin is to this server. */
  public enum Verdict {
    /** None was named: no browser, or a GET from a page of the server's own. */
    UNNAMED,
    /** A page of this server. */
    OWN,
    /** A page that the configuration allows. */
    LISTED,

    /**
     * A page that this very machine serves, where those may come in: with a token of its own, but
     * never by what browsers send by themselves.
     */
    LOCAL,
    /** Any other page, or something that is no origin. */
    FOREIGN
  }

  /**
   * Makes a check.
   *
   * @param listed beside the server's own
   * @throws IllegalArgumentException if one is no origin
   */
  public OriginCheck(List<String> listed) {
    this(listed, false);
  }

  private OriginCheck(List<String> listed, boolean allowsLocal) {
    this.exact =
        listed.stream().filter(OriginCheck::isExact).map(text -> checked(text, text)).toList();
    this.parents =
        listed.stream()
            .filter(text -> text.contains(ANY_SUBDOMAIN))
            .map(text -> checked(text.replace(ANY_SUBDOMAIN, "://"), text))
            .toList();
    this.allowsOpaque = listed.contains(OPAQUE);
    this.allowsLocal = allowsLocal;
  }

  /** Likewise, of a server for this machine alone: its pages may come in too, on any port. */
  public static OriginCheck withLocalPages(List<String> listed) {
    return new OriginCheck(listed, true);
  }

  /** Whether the request may go on, as far as its origin is concerned: none, or a good one. */
  public boolean allows(HttpServerRequest request) {
    return verdict(request) != Verdict.FOREIGN;
  }

  /**
   * Whether what browsers send by themselves (cookies) may be believed: a good origin, or, as GETs
   * from the server's own pages name none, the browser's word that it is such a one.
   */
  public boolean allowsCookies(HttpServerRequest request) {
    return allowsCookies(verdict(request), request.getHeader("Sec-Fetch-Site"));
  }

  static boolean allowsCookies(Verdict verdict, @Nullable String fetchSite) {
    return switch (verdict) {
      case OWN, LISTED -> true;
      case UNNAMED -> "same-origin".equals(fetchSite);
      case LOCAL, FOREIGN -> false;
    };
  }

  /** Whether the request may log its browser in or out: no page, or one that cookies are for. */
  public boolean allowsLogin(HttpServerRequest request) {
    return switch (verdict(request)) {
      case UNNAMED, OWN, LISTED -> true;
      case LOCAL, FOREIGN -> false;
    };
  }

  /**
   * Whether a client certificate may be believed, which browsers send by themselves too: a good
   * origin or, as programs name none, no browser's word that it is another site's page.
   */
  public boolean allowsCertificates(HttpServerRequest request) {
    return allowsCertificates(verdict(request), request.getHeader("Sec-Fetch-Site"));
  }

  static boolean allowsCertificates(Verdict verdict, @Nullable String fetchSite) {
    return allowsCookies(verdict, fetchSite) || (verdict == Verdict.UNNAMED && fetchSite == null);
  }

  /** What the request's origin is to this server. */
  public Verdict verdict(HttpServerRequest request) {
    List<String> named = request.headers().getAll(HttpHeaders.ORIGIN);
    if (named.isEmpty()) {
      return Verdict.UNNAMED;
    }
    HostAndPort authority = request.authority();
    Origin own =
        authority == null ? null : Origin.of(request.scheme(), authority.host(), authority.port());
    return named.size() == 1 ? verdict(named.get(0), own) : Verdict.FOREIGN;
  }

  /**
   * Likewise.
   *
   * @param own what the request was sent to; null if it doesn't say
   */
  Verdict verdict(String named, @Nullable Origin own) {
    if (named.equals(OPAQUE)) {
      return allowsOpaque ? Verdict.LISTED : Verdict.FOREIGN;
    }
    Origin origin = Origin.parse(named);
    if (origin == null) {
      return Verdict.FOREIGN;
    }
    if (Objects.equals(origin, own)) {
      return Verdict.OWN;
    }
    if (exact.contains(origin) || parents.stream().anyMatch(parent -> isBelow(origin, parent))) {
      return Verdict.LISTED;
    }
    return allowsLocal && origin.isLocal() ? Verdict.LOCAL : Verdict.FOREIGN;
  }

  private static boolean isBelow(Origin origin, Origin parent) {
    return origin.scheme().equals(parent.scheme())
        && origin.port() == parent.port()
        && origin.host().endsWith("." + parent.host());
  }

  private static boolean isExact(String text) {
    return !text.equals(OPAQUE) && !text.contains(ANY_SUBDOMAIN);
  }

  private static Origin checked(String text, String asWritten) {
    Origin origin = Origin.parse(text);
    if (origin == null) {
      throw new IllegalArgumentException(
          "tideline.origins: '"
              + asWritten
              + "' is not an origin; write it as https://app.example.com, without a slash at the end,"
              + " or https://*.example.com for all its subdomains; a name with other letters than"
              + " a to z as browsers send it (https://xn--bcher-kva.example), and pages of files,"
              + " which have no origin, as null");
    }
    return origin;
  }
}
