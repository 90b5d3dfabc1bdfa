package io.tideline.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.tls.TlsConfiguration;
import io.tideline.config.StartRefusedException;
import io.tideline.net.accept.ClientCertificates;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.SSLOptions;
import io.vertx.core.net.TrustOptions;
import java.security.KeyStore;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class CertificateRequestTest {
  private static final Optional<TlsConfiguration> GOOD = Optional.of(new Tls(true, true, false));

  @Test
  void clientsAreAskedOnlyWhereItMatters() {
    Optional<TlsConfiguration> none = Optional.empty();
    assertEquals(
        ClientCertificates.NONE, CertificateRequest.of(false, false, Optional.empty(), none));
    assertEquals(
        ClientCertificates.NONE, CertificateRequest.of(false, false, Optional.empty(), GOOD));
    assertEquals(
        ClientCertificates.REQUESTED, CertificateRequest.of(true, false, Optional.empty(), GOOD));
    assertEquals(
        ClientCertificates.REQUIRED,
        CertificateRequest.of(true, true, Optional.of("disabled"), GOOD));
    assertEquals(
        ClientCertificates.REQUIRED,
        CertificateRequest.of(false, true, Optional.of("redirect"), GOOD));
  }

  @Test
  void aCertificateThatNobodyVouchesForIsNotTaken() {
    assertRefused("quarkus.tls.key-store", Optional.empty());
    assertRefused("quarkus.tls.key-store", Optional.of(new Tls(false, true, false)));
    assertRefused("quarkus.tls.trust-store", Optional.of(new Tls(true, false, false)));
    assertRefused("quarkus.tls.trust-all", Optional.of(new Tls(true, true, true)));
  }

  @Test
  void whereTheyAreRequiredThereIsNoWayAround() {
    for (Optional<String> insecure : List.of(Optional.<String>empty(), Optional.of("enabled"))) {
      StartRefusedException refused =
          assertThrows(
              StartRefusedException.class, () -> CertificateRequest.of(true, true, insecure, GOOD));
      assertTrue(refused.getMessage().contains("quarkus.http.insecure-requests=disabled"));
    }
  }

  private static void assertRefused(String toDo, Optional<TlsConfiguration> tls) {
    StartRefusedException refused =
        assertThrows(
            StartRefusedException.class,
            () -> CertificateRequest.of(true, false, Optional.empty(), tls));
    assertTrue(refused.getMessage().contains(toDo), refused.getMessage());
  }

  /** What is configured, as far as it matters. */
  private record Tls(boolean hasKey, boolean hasTrust, boolean isTrustAll)
      implements TlsConfiguration {
    @Override
    public KeyCertOptions getKeyStoreOptions() {
      return hasKey ? new PemKeyCertOptions() : null;
    }

    @Override
    public TrustOptions getTrustStoreOptions() {
      return hasTrust ? new PemTrustOptions().addCertValue(Buffer.buffer()) : null;
    }

    @Override
    public KeyStore getKeyStore() {
      throw new UnsupportedOperationException();
    }

    @Override
    public KeyStore getTrustStore() {
      throw new UnsupportedOperationException();
    }

    @Override
    public SSLOptions getSSLOptions() {
      throw new UnsupportedOperationException();
    }

    @Override
    public SSLContext createSSLContext() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<String> getHostnameVerificationAlgorithm() {
      return Optional.empty();
    }

    @Override
    public boolean usesSni() {
      return false;
    }

    @Override
    public boolean reload() {
      return false;
    }
  }
}
