package io.tideline.net.websocket;

import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.tideline.testing.PostgresResource;
import io.tideline.testing.TestCertificate;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import javax.net.ssl.SSLContext;

/** The pipeline beneath the encoder, with TLS between it and the socket. */
@QuarkusTest
@WithTestResource(PostgresResource.class)
@TestProfile(TlsWriteModeTest.Tls.class)
class TlsWriteModeTest extends WriteModeContract {
  private static final Path STORE = Path.of("target", "tls-way.p12").toAbsolutePath();

  @TestHTTPResource(value = "/", tls = true)
  URI tls;

  @Override
  URI server() {
    return tls;
  }

  @Override
  SSLContext context() {
    return new TestCertificate(STORE).trusting();
  }

  /** A server with a certificate of its own making. */
  public static final class Tls implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      TestCertificate.make(STORE);
      return Map.of(
          "quarkus.tls.key-store.p12.path",
          STORE.toString(),
          "quarkus.tls.key-store.p12.password",
          TestCertificate.PASSWORD,
          "quarkus.http.test-ssl-port",
          "0",
          "tideline.transport.web-socket.close-wait",
          CLOSE_WAIT.toString());
    }
  }
}
