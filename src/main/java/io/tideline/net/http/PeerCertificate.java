package io.tideline.net.http;

import io.vertx.core.http.HttpServerRequest;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The certificate with which a client took part in the TLS handshake, which has verified it. What a
 * header says about one is never looked at: anybody can write that.
 */
final class PeerCertificate {
  private PeerCertificate() {}

  /** Null without one, and without TLS on this very connection. */
  static @Nullable X509Certificate of(HttpServerRequest request) {
    SSLSession session = request.connection().sslSession();
    if (session == null) {
      return null;
    }
    try {
      return (X509Certificate) session.getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }
}
