package io.tideline.app;

import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.tideline.config.StartRefusedException;
import io.tideline.net.accept.ClientCertificates;
import java.util.Optional;
import org.eclipse.microprofile.config.Config;

/**
 * Decides whether clients are asked for a certificate: where one can have rights or is required.
 * Quarkus's own {@code quarkus.http.ssl.client-auth} is fixed when the application is built.
 */
final class CertificateRequest {
  private static final String TLS_NAME = "quarkus.http.tls-configuration-name";
  private static final String INSECURE = "quarkus.http.insecure-requests";

  private CertificateRequest() {}

  static ClientCertificates of(
      TidelineConfig config, Config all, TlsConfigurationRegistry registry) {
    return of(
        !config.auth().certificates().isEmpty(),
        config.auth().requireCertificates(),
        all.getOptionalValue(INSECURE, String.class),
        all.getOptionalValue(TLS_NAME, String.class)
            .map(registry::get)
            .orElseGet(registry::getDefault));
  }

  /**
   * Likewise.
   *
   * @param hasHolders whether a certificate can have rights
   * @param insecure what is configured about plain HTTP
   * @param tls that the server speaks; empty for none
   * @throws StartRefusedException if certificates would be believed that nobody vouches for, or
   *     required where there is a way around
   */
  static ClientCertificates of(
      boolean hasHolders,
      boolean isRequired,
      Optional<String> insecure,
      Optional<TlsConfiguration> tls) {
    if (!hasHolders && !isRequired) {
      return ClientCertificates.NONE;
    }
    demandTrust(tls);
    if (!isRequired) {
      return ClientCertificates.REQUESTED;
    }
    if (insecure.filter(set -> !set.equalsIgnoreCase("enabled")).isEmpty()) {
      throw new StartRefusedException(
          "tideline.auth.require-certificates is set, but plain HTTP is on, where nobody has one."
              + " What to do: set "
              + INSECURE
              + "=disabled (or redirect).");
    }
    return ClientCertificates.REQUIRED;
  }

  /**
   * Without a trust store of its own the JVM would take what any public authority signed, with
   * whatever name.
   */
  private static void demandTrust(Optional<TlsConfiguration> tls) {
    if (tls.filter(each -> each.getKeyStoreOptions() != null).isEmpty()) {
      throw new StartRefusedException(
          "tideline.auth has client certificates, but this server doesn't use TLS itself, and what a"
              + " proxy says about them isn't believed. What to do: set quarkus.tls.key-store.*, or"
              + " leave the certificates out.");
    }
    if (tls.get().isTrustAll() || tls.get().getTrustStoreOptions() == null) {
      throw new StartRefusedException(
          "tideline.auth has client certificates, but no authority is configured for them. What to do: set"
              + " quarkus.tls.trust-store.* to the authority that signs them, and no other, and"
              + " leave out quarkus.tls.trust-all.");
    }
  }
}
