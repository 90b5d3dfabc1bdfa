package io.tideline.net.http;

import io.vertx.core.MultiMap;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The cookie that keeps a browser's token where no script can read it. Browsers keep the prefix
 * {@code __Host-} to HTTPS and to this host alone; on plain HTTP, which they let pass on loopback
 * only, it would be dropped, so the name is another one there.
 *
 * <p>Pages use it for what they fetch, never for where they lead, so it is sent to requests of the
 * same site alone.
 */
public final class SessionCookie {
  /** Browsers drop cookies whose name and value are longer than 4,096. */
  public static final int TOKEN_CHARS_MAX = 4000;

  private static final String SECURE = "__Host-tideline";
  private static final String PLAIN = "tideline";
  private static final Pattern LOOPBACK_HOST =
      Pattern.compile("(.+\\.)?localhost|127(\\.\\d{1,3}){3}|::1|\\[::1]");
  private static final String ATTRIBUTES = "; Path=/; HttpOnly; SameSite=Strict";

  private SessionCookie() {}

  /** The one that the request carries; null for none, and where none may be kept. */
  static @Nullable Cookie of(HttpServerRequest request) {
    if (!mayKeep(request)) {
      return null;
    }
    join(request.headers());
    return request.getCookie(name(isSecure(request)));
  }

  /** What comes in several lines, as from a proxy that speaks HTTP/2, is one list all the same. */
  private static void join(MultiMap headers) {
    List<String> lines = headers.getAll(HttpHeaders.COOKIE);
    if (lines.size() > 1) {
      headers.set(HttpHeaders.COOKIE, String.join("; ", lines));
    }
  }

  private static String name(boolean isSecure) {
    return isSecure ? SECURE : PLAIN;
  }

  public static boolean isSecure(HttpServerRequest request) {
    return "https".equals(request.scheme());
  }

  /** Whether a token may be kept: over HTTPS, or on this very machine. */
  public static boolean mayKeep(HttpServerRequest request) {
    return isSecure(request) || isLocal(request.authority(), request.localAddress());
  }

  /**
   * Whether the browser runs on this machine. The address alone doesn't tell: a proxy here may
   * stand between it and a browser elsewhere.
   *
   * @param asked what the browser was told to open; null if the request doesn't say
   * @param address where the request came in; null if that is no network address
   */
  static boolean isLocal(@Nullable HostAndPort asked, @Nullable SocketAddress address) {
    return asked != null
        && LOOPBACK_HOST.matcher(asked.host().toLowerCase(Locale.ROOT)).matches()
        && address != null
        && isLoopback(address.hostAddress());
  }

  private static boolean isLoopback(@Nullable String address) {
    try {
      return address != null && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException noAddress) {
      return false;
    }
  }

  /**
   * The value of a {@code Set-Cookie} header that keeps a token (RFC 6265, 4.1).
   *
   * @param left how long it holds; null if it never ends, so the cookie ends with the browser
   */
  public static String keep(boolean isSecure, String token, @Nullable Duration left) {
    String age = left == null ? "" : "; Max-Age=" + left.toSeconds();
    return name(isSecure) + "=" + token + age + attributes(isSecure);
  }

  /** Likewise, one that makes the browser forget it. */
  public static String clear(boolean isSecure) {
    return name(isSecure) + "=; Max-Age=0" + attributes(isSecure);
  }

  private static String attributes(boolean isSecure) {
    return isSecure ? ATTRIBUTES + "; Secure" : ATTRIBUTES;
  }
}
