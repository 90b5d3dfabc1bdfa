package io.tideline.transport;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The pipeline beneath the encoder, with TLS between it and the socket. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(TlsWayTest.Tls.class)
class TlsWayTest extends WayContract {
  private static final Path STORE = Path.of("target", "tls-way.p12").toAbsolutePath();
  private static final String PASSWORD = "changeit";

  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @Override
  URI server() {
    return tls;
  }

  @Override
  SSLContext context() {
    try (InputStream in = Files.newInputStream(STORE)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, PASSWORD.toCharArray());
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("server", store.getCertificate("server"));
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A server with a certificate of its own making. */
  public static final class Tls implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      makeKey();
      return Map.of(
          "quarkus.tls.key-store.p12.path",
          STORE.toString(),
          "quarkus.tls.key-store.p12.password",
          PASSWORD,
          "quarkus.http.test-ssl-port",
          "0",
          "tideline.transport.web-socket.close-wait",
          CLOSE_WAIT.toString());
    }

    private static void makeKey() {
      try {
        Files.deleteIfExists(STORE);
        Files.createDirectories(STORE.getParent());
        Process keytool =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-alias",
                    "server",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost,ip:127.0.0.1",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    STORE.toString(),
                    "-storepass",
                    PASSWORD)
                .inheritIO()
                .start();
        if (keytool.waitFor() != 0) {
          throw new AssertionError("keytool makes no key");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
