package io.tideline.net.accept;

/** Whether clients are asked for a certificate in the TLS handshake. */
public enum ClientCertificates {
  /** They aren't. */
  NONE,
  /** They may have one; who has none is let in, too. */
  REQUESTED,
  /** They must have one. */
  REQUIRED
}
